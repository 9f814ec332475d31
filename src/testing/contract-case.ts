/** One thing that an implementation of a port has to do; `run` throws where it does not. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** @throws {Error} showing both values, unless they are the same as JSON. */
export function expectSame(actual: unknown, expected: unknown): void {
  const [shown, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (shown !== wanted) throw new Error(`expected ${wanted}, and got ${shown}`);
}
