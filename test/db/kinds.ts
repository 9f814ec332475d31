import { type AnyModel, defineModel, type Page, p, Repository, uuid } from "../../src/db/index.ts";
import type { TestDatabase } from "../databases.ts";

/** A kind of property, with what fits it and what does not. */
export interface Kind {
  readonly kind: string;
  readonly property: () => { nullable(): unknown };
  /** In their order. */
  readonly values: readonly unknown[];
  readonly expected: string;
  readonly unfit: readonly unknown[];
}

const day = (text: string) => new Date(`${text}T10:20:30.456Z`);

/** Kinds of values that are compared and ordered. */
export const kinds: readonly Kind[] = [
  {
    kind: "string",
    property: () => p.string(),
    values: ["", "%_", "'); DROP TABLE users; --", "\\n\"\n'`$x", "a\t", "x".repeat(255), "ä", "😀"],
    expected: "a string",
    unfit: [5, true, {}, [], "a\0b", "\uD800", "x\uDC00", "x".repeat(256)],
  },
  {
    kind: "text",
    property: () => p.text(),
    values: ["", "null", "x".repeat(1 << 20), "😀".repeat(1000)],
    expected: "a string",
    unfit: [5, new Date(0), "\0", "\uDFFF"],
  },
  {
    kind: "character",
    property: () => p.character().length(2),
    values: ["  ", "ab", "😀😀"],
    expected: "a string",
    unfit: ["a", "abc", "", "\0\0", 12],
  },
  {
    kind: "tinyint",
    property: () => p.tinyint(),
    values: [-128, 0, 127],
    expected: "an integer from -128 to 127",
    unfit: [-129, 128, 0.5, "1", 1n],
  },
  {
    kind: "smallint",
    property: () => p.smallint(),
    values: [-32_768, 0, 32_767],
    expected: "an integer from -32768 to 32767",
    unfit: [-32_769, 32_768, 1.5, Number.NaN, "1", 1n],
  },
  {
    kind: "integer",
    property: () => p.integer(),
    values: [-(2 ** 31), -1, 0, 2 ** 31 - 1],
    expected: "an integer from -2147483648 to 2147483647",
    unfit: [2 ** 31, -(2 ** 31) - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, true],
  },
  {
    kind: "bigint",
    property: () => p.bigint(),
    values: [-(2n ** 63n), -10n, -9n, 0n, 9n, 10n, 2n ** 53n + 1n, 2n ** 63n - 1n],
    expected: "a bigint of 64 bits",
    unfit: [2n ** 63n, -(2n ** 63n) - 1n, 5, "5"],
  },
  {
    kind: "bigint as number",
    property: () => p.bigint("number"),
    values: [Number.MIN_SAFE_INTEGER, -10, 9, 10, Number.MAX_SAFE_INTEGER],
    expected: "a safe integer",
    unfit: [2 ** 53, 0.5, 5n, "5"],
  },
  {
    kind: "bigint as text",
    property: () => p.bigint("string"),
    values: ["-9223372036854775808", "-10", "9", "10", "9223372036854775807"],
    expected: "an integer of 64 bits as text",
    unfit: ["9223372036854775808", "1.5", "abc", "", "01", "-0", 5, 5n],
  },
  {
    kind: "float",
    property: () => p.float(),
    values: [Number.NEGATIVE_INFINITY, -1.5, 0, 0.1, 16_777_216, 3.4028235e38, Number.POSITIVE_INFINITY],
    expected: "a number that 32 bits hold, of 7 digits or so (p.double() has 64)",
    unfit: [Number.NaN, 0.1 + 0.2, 16_777_217, 1e39, 1e-50, "1.5", 1n],
  },
  {
    kind: "double",
    property: () => p.double(),
    values: [Number.NEGATIVE_INFINITY, -0.1, 0, 5e-324, 0.1 + 0.2, 1.7e308, Number.POSITIVE_INFINITY],
    expected: "a number",
    unfit: [Number.NaN, "1.5", 1n, true],
  },
  {
    kind: "decimal",
    property: () => p.decimal().precision(12).scale(2),
    values: ["-9999999999.99", "-0.50", "0.00", "1.50", "9.00", "10.00", "9999999999.99"],
    expected: "a decimal as text with up to 10 digits before the point and 2 after it",
    unfit: ["1.555", "12345678901", "abc", "NaN", "Infinity", "", "1e3", "+1", ".5", "01", 1.5],
  },
  {
    kind: "decimal as number",
    property: () => p.decimal("number").precision(12).scale(2),
    values: [-9_999_999_999.99, 0, 1.5, 10, 9_999_999_999.99],
    expected: "a number with up to 10 digits before the point and 2 after it",
    unfit: [1.555, 1e10, Number.NaN, Number.POSITIVE_INFINITY, "1.5"],
  },
  {
    kind: "boolean",
    property: () => p.boolean(),
    values: [false, true],
    expected: "true or false",
    unfit: [0, 1, "true", ""],
  },
  {
    kind: "date",
    property: () => p.date(),
    values: ["0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31"],
    expected: "a day as text: YYYY-MM-DD",
    unfit: [
      "2023-02-29",
      "2023-02-31",
      "0000-01-01",
      "2023-1-1",
      "infinity",
      "",
      "2023-01-01T00:00:00Z",
      day("2023-01-01"),
    ],
  },
  {
    kind: "datetime",
    property: () => p.datetime(3),
    values: [
      day("0001-01-01"),
      day("1969-12-31"),
      day("2024-02-29"),
      new Date(1.7e12 + 1),
      day("9999-12-31"),
    ].sort((a, b) => a.getTime() - b.getTime()),
    expected: "a valid Date of the years 1 to 9999",
    unfit: [new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15), day("0000-12-31"), "2024-02-29", 0],
  },
  {
    kind: "time",
    property: () => p.time(),
    values: ["00:00:00", "08:30:00", "23:59:59"],
    expected: "a time as text: HH:MM:SS",
    unfit: ["24:00:00", "08:30", "08:30:00.5", "08:60:00", "abc", "", 5],
  },
  {
    kind: "uuid",
    property: () => p.uuid(),
    values: ["00000000-0000-0000-0000-000000000000", "0198c1f4-0000-7000-8000-0000000000ab"],
    expected: "a UUID",
    unfit: ["abc", "", "0198c1f4-0000-7000-8000-0000000000ag", "{0198c1f4-0000-7000-8000-0000000000ab}", 5],
  },
  {
    kind: "enum",
    property: () => p.enum(["high", "low"]),
    values: ["high", "low"],
    expected: "one of high, low",
    unfit: ["", "HIGH", "middle", 0, ["high"], "__proto__"],
  },
  {
    kind: "enum of numbers",
    property: () => p.enum([1, 20]),
    values: [1, 20],
    expected: "one of 1, 20",
    unfit: [2, "1", 1n],
  },
  {
    kind: "uint8array",
    property: () => p.uint8array(),
    values: [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0, 255), Uint8Array.of(1)],
    expected: "a Uint8Array",
    unfit: ["abc", [1, 2], 5, new Uint16Array([258]), new ArrayBuffer(2)],
  },
  {
    kind: "blob",
    property: () => p.blob(),
    values: [Buffer.of(), Buffer.of(0, 255), Buffer.from("'); --")],
    expected: "a Uint8Array",
    unfit: ["abc", [1, 2], 5],
  },
];

/** Kinds of values that are kept whole, and have no order to the database. */
export const wholes: readonly Kind[] = [
  {
    kind: "json",
    property: () => p.json(),
    values: [
      { a: [1, "x", null, { b: true }], "'); --": 1.5, "😀": "\\\"'" },
      [],
      [1, [2]],
      "text",
      "",
      0,
      1e300,
      false,
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
    ],
    expected: "what JSON gives back as it is",
    unfit: [
      1n,
      Number.NaN,
      Symbol("x"),
      () => 1,
      { a: "\0" },
      { "\0": 1 },
      { a: ["\uD800"] },
      { a: Number.POSITIVE_INFINITY },
      [undefined],
      new Map([[1, 2]]),
    ],
  },
  {
    kind: "array",
    property: () => p.array(),
    values: [
      [],
      [""],
      ["", ""],
      ["a", "b"],
      ["a,b", "{c}", 'd"', "e\\", "f\nn,", " g ", "NULL", "null", "😀", ""],
    ],
    expected: "an array of text without NUL characters and lone surrogates",
    unfit: ["a", {}, [1], ["a", null], [["a"]], ["\0"], ["\uD800"]],
  },
  {
    kind: "array of numbers",
    property: () => p.array((text) => Number(text)),
    values: [[], [1, 2.5, -3]],
    expected: "an array of text",
    unfit: [["1"], [null], 5],
  },
  {
    kind: "array of an enum",
    property: () => p.enum(["high", "low"]).array(),
    values: [[], ["low"], ["low", "high", "low"]],
    expected: "an array of high, low",
    unfit: ["high", ["middle"], [null], [["high"]]],
  },
];

/** A row of a model with one property of a kind. */
export interface Thing {
  readonly id: string;
  readonly value: unknown;
}

/** A repository as it is to whom it is only known when it runs which properties there are. */
export interface Things {
  create(row: object): Promise<Thing>;
  createMany(rows: readonly object[]): Promise<Thing[]>;
  upsert(row: object): Promise<Thing>;
  getById(id: string): Promise<Thing | null>;
  findMany(where: object, options?: object): Promise<Thing[]>;
  paginate(options: object): Promise<Page<Thing>>;
  update(id: string, changes: object): Promise<Thing | null>;
}

/** A repository of rows that have a `value` of the kind. */
export async function thingsOf(open: TestDatabase["open"], { property }: Kind): Promise<Things> {
  const model = defineModel("things", { ...uuid(), value: property().nullable() });
  return new Repository(await open([model]), model as AnyModel) as unknown as Things;
}

export function valuesOf(rows: readonly Thing[]): unknown[] {
  return rows.map(({ value }) => value);
}
