import type { ValueCheck } from "./value.ts";

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;

export function integerCheck(bits: number): ValueCheck {
  const limit = 2 ** (bits - 1);
  return (value) =>
    Number.isInteger(value) && (value as number) >= -limit && (value as number) < limit
      ? undefined
      : `an integer from ${-limit} to ${limit - 1}`;
}

/** By what `p.bigint` gives. */
export const bigintChecks: Readonly<Record<string, ValueCheck>> = {
  bigint: (value) =>
    typeof value === "bigint" && BigInt.asIntN(64, value) === value ? undefined : "a bigint of 64 bits",
  number: (value) => (Number.isSafeInteger(value) ? undefined : "a safe integer"),
  string: (value) =>
    isIntegerText(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
      ? undefined
      : "an integer of 64 bits as text",
};

export function isIntegerText(value: unknown): value is string {
  return typeof value === "string" && INTEGER.test(value);
}
