import type { JsonSchema } from "../../core/json-schema.ts";

const BY_FORMAT: Readonly<Record<string, readonly string[]>> = {
  date: ["2026-01-31"],
  "date-time": ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00"],
  duration: ["PT1H"],
  email: ["ada@example.com"],
  hostname: ["example.com"],
  ipv4: ["192.0.2.1"],
  ipv6: ["2001:db8::1"],
  time: ["12:00:00", "12:00:00Z"],
  uri: ["https://example.com"],
  url: ["https://example.com"],
  uuid: ["3fa85f64-5717-4562-b3fc-2c963f66afa6"],
};

/** Text that common patterns take. */
const BY_PATTERN = [
  ...["1", "12", "1234", "12345", "1.0", "1.0.0", "12.50"],
  ...["a", "ab", "abc", "A", "AB", "ABC", "Text"],
  ...["a1", "abc-123", "ABC-123", "AB-1234", "+15550100", "#ffffff", "en-GB", "/path"],
  ...Object.values(BY_FORMAT).flat(),
];

/** Text that the schema takes, or undefined where none is found. */
export function sampleString(schema: JsonSchema): string | undefined {
  const { contentEncoding, format, pattern } = schema;
  const { maxLength = Number.POSITIVE_INFINITY, minLength = 0 } = schema as Record<string, number>;
  const candidates = [
    ...(contentEncoding === "base64" ? ["aGVsbG8="] : []),
    ...(BY_FORMAT[String(format)] ?? []),
    "string".padEnd(Math.min(minLength, 1_000), "g").slice(0, maxLength),
    ...(pattern === undefined ? [] : BY_PATTERN),
  ];
  const fits = matcherOf(pattern);
  return candidates.find((text) => text.length >= minLength && text.length <= maxLength && fits(text));
}

/** Says whether a text fits a pattern. A schema does not tell its pattern's flags, and not every pattern takes each. */
function matcherOf(pattern: unknown): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  for (const flags of ["u", "v", ""]) {
    try {
      const expression = new RegExp(String(pattern), flags);
      return (text) => expression.test(text);
    } catch {
      // It is written for other flags.
    }
  }
  return () => false;
}

/** A number that the schema takes, or undefined where none is found; not 0 if that can be avoided. */
export function sampleNumber(schema: JsonSchema): number | undefined {
  const { multipleOf: step = schema.type === "integer" ? 1 : undefined } = schema as Record<string, number>;
  const { exclusiveMaximum: below = Number.POSITIVE_INFINITY } = schema as Record<string, number>;
  const { exclusiveMinimum: above = Number.NEGATIVE_INFINITY } = schema as Record<string, number>;
  const { maximum = below, minimum = above } = schema as Record<string, number>;
  const unit = step ?? 1;
  const candidates = [
    1,
    ...[minimum, minimum + unit, maximum, maximum - unit, (above + below) / 2],
    ...[Math.ceil(minimum / unit) * unit, Math.ceil(minimum / unit) * unit + unit, unit, 0],
  ];
  return candidates.find(
    (value) =>
      Number.isFinite(value) &&
      value >= minimum &&
      value <= maximum &&
      value > above &&
      value < below &&
      (step === undefined || Number.isInteger(value / step)),
  );
}
