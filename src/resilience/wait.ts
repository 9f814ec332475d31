/**
 * Waits until `begin` calls its argument; what `begin` returns takes the wait back.
 *
 * @throws the signal's reason if it aborts first.
 */
export function waitInLine(
  begin: (done: () => void) => () => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      leave();
      reject(signal?.reason);
    };
    const leave = begin(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
