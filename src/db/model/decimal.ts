import type { EntityProperty } from "@mikro-orm/core";
import type { DialectName } from "../dialect.ts";

/** A float holds so many digits: one of JavaScript, and what SQLite has for a decimal. */
const FLOAT_DIGITS = 15;

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

export function isDecimalText(value: unknown): value is string {
  return typeof value === "string" && DECIMAL.test(value);
}

/** How many digits a decimal has, and how many of them after the point. */
export function decimalDigits({ columnTypes }: EntityProperty): {
  readonly precision: number;
  readonly scale: number;
} {
  const [, precision = 0, scale = 0] = /\((\d+)(?:,\s*(\d+))?\)/.exec(columnTypes[0] ?? "") ?? [];
  return { precision: Number(precision), scale: Number(scale) };
}

/** PostgreSQL would round what has too many digits after the point. */
export function decimalCheck(
  property: EntityProperty,
  dialect: DialectName,
): (value: unknown) => string | undefined {
  const { precision, scale } = decimalDigits(property);
  const isNumber = property.runtimeType === "number";
  const whole = isNumber ? Math.min(precision - scale, FLOAT_DIGITS) : precision - scale;
  const digits = `up to ${whole} digits before the point and ${scale} after it`;
  if (isNumber) {
    return (value) =>
      typeof value === "number" && Math.abs(value) < 10 ** whole && Number(value.toFixed(scale)) === value
        ? undefined
        : `a number with ${digits}`;
  }
  const most = dialect === "sqlite" ? Math.min(precision, FLOAT_DIGITS) : precision;
  const expected = `a decimal as text with ${digits}${most < precision ? `, ${most} in all on SQLite` : ""}`;
  return (value) => {
    if (!isDecimalText(value)) return expected;
    const [before = "", after = ""] = value.replace("-", "").split(".");
    const digitsBefore = before === "0" ? 0 : before.length;
    const isKept = digitsBefore <= whole && after.length <= scale && digitsBefore + after.length <= most;
    return isKept ? undefined : expected;
  };
}
