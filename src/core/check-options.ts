import { MAX_DELAY_MS } from "./clock.ts";
import { ConfigurationError } from "./errors.ts";

/** Says what was expected where a value is not that. */
export type Check = (value: unknown) => string | undefined;

/** One check by option. */
export type Checks<Options> = Readonly<Record<keyof Options, Check>>;

export const positiveInteger: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : "a positive integer";
export const integer: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "an integer of 0 or more";
export const positiveNumber: Check = (value) =>
  typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY ? undefined : "a number above 0";
export const number: Check = (value) =>
  typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY
    ? undefined
    : "a number of 0 or more";
export const atLeastOne: Check = (value) =>
  typeof value === "number" && value >= 1 && value < Number.POSITIVE_INFINITY
    ? undefined
    : "a number of 1 or more";
export const share: Check = (value) =>
  typeof value === "number" && value > 0 && value <= 1 ? undefined : "a number above 0 and up to 1";
export const milliseconds: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= MAX_DELAY_MS
    ? undefined
    : `a number of milliseconds from 0 to ${MAX_DELAY_MS}`;
export const positiveMs: Check = (value) =>
  typeof value === "number" && value > 0 && value <= MAX_DELAY_MS
    ? undefined
    : `a number of milliseconds above 0 and up to ${MAX_DELAY_MS}`;
export const boolean: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
export const callable: Check = (value) => (typeof value === "function" ? undefined : "a function");
export const text: Check = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a non-empty string";
export const anything: Check = () => undefined;

export const oneOf = (values: readonly unknown[]): Check => {
  return (value) => (values.includes(value) ? undefined : `one of ${values.join(", ")}`);
};

/** An object that has these methods. */
export const having = (...methods: string[]): Check => {
  const has = (value: unknown, method: string) =>
    typeof (value as Record<string, unknown> | null)?.[method] === "function";
  return (value) =>
    methods.every((method) => has(value, method)) ? undefined : `an object with ${methods.join(", ")}`;
};

export const eventClasses: Check = (value) =>
  Array.isArray(value) && value.every((event) => typeof event?.contract?.name === "string")
    ? undefined
    : "a list of classes made by defineEvent";

export const aClock = having("now", "schedule");

/** `false`, which switches off, or what `check` takes. */
export const orFalse = (check: Check): Check => {
  return (value) => {
    const expected = value === false ? undefined : check(value);
    return expected && `${expected}, or false`;
  };
};

/** @throws {ConfigurationError} naming each option that is unknown or wrong, what came and what was expected. */
export function checkOptions<Options extends object>(
  options: Options,
  checks: Readonly<Record<string, Check>>,
  owner: string,
  required: readonly (keyof Options & string)[] = [],
): void {
  const problems = problemsOf(options, checks, owner);
  if (problems.length === 0) {
    const missing = required.filter((name) => options[name] === undefined);
    problems.push(
      ...missing.map((name) => `${owner}: ${name} must be ${checks[name]?.(undefined)}, and is missing`),
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** What `checkOptions` would say, without throwing it. */
export function problemsOf(
  options: object,
  checks: Readonly<Record<string, Check>>,
  owner: string,
): string[] {
  if (typeof options !== "object" || options === null)
    return [`${owner} takes an object of options, not ${show(options)}`];
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const known = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (known === undefined) {
      return [`${owner}: unknown option ${name}; there are ${Object.keys(checks).join(", ")}`];
    }
    const expected = known(value);
    return expected === undefined ? [] : [`${owner}: ${name} must be ${expected}, not ${show(value)}`];
  });
}

function show(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : (JSON.stringify(value) ?? String(value));
}
