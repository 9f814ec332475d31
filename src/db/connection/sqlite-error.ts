/** How SQLite says that somebody else has the lock. @see https://sqlite.org/rescode.html */
const BUSY = 5;

/** How it says that a handle may only read. */
const READONLY = 8;

/** Whether SQLite failed because somebody else has the database locked. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** Whether SQLite failed because the handle may only read. */
export function isReadOnly(error: unknown): boolean {
  return resultCode(error) === READONLY;
}

/** What SQLite failed with, the low byte of its extended code; undefined where it was not SQLite. */
export function resultCode(error: unknown): number | undefined {
  const { errcode } = error as { readonly errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}
