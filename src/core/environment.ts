import { ConfigurationError } from "./errors.ts";

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a variable's text; undefined says that it is none of what `expected` describes. */
export interface Reader<T> {
  readonly expected: string;
  read(text: string): T | undefined;
}

export const integer: Reader<number> = {
  expected: "an integer of 0 or more",
  read: (text) => (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
};
export const decimal: Reader<number> = {
  expected: "a number of 0 or more",
  read: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
};
export const positiveInteger: Reader<number> = {
  expected: "an integer of 1 or more",
  read: (text) => integer.read(text) || undefined,
};
export const positiveDecimal: Reader<number> = {
  expected: "a number above 0",
  read: (text) => decimal.read(text) || undefined,
};
export const boolean: Reader<boolean> = {
  expected: "true, false, 1, 0, yes, no, on or off",
  read(text) {
    if (/^(true|1|yes|on)$/i.test(text)) return true;
    return /^(false|0|no|off)$/i.test(text) ? false : undefined;
  },
};

/** Reads variables, and tells of all that do not parse together. */
export class EnvironmentReader {
  private readonly env: Environment;
  private readonly problems: string[] = [];

  constructor(env: Environment) {
    this.env = env;
  }

  /** What a variable says; undefined where it is unset, empty, or no such thing. */
  read<T>(variable: string, reader: Reader<T>): T | undefined {
    const text = this.env[variable]?.trim();
    if (text === undefined || text === "") return undefined;
    const value = reader.read(text);
    if (value === undefined)
      this.complain(`${variable} must be ${reader.expected}, not ${JSON.stringify(text)}`);
    return value;
  }

  complain(problem: string): void {
    this.problems.push(problem);
  }

  /** @throws {ConfigurationError} if anything was wrong so far. */
  refuseProblems(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }
}
