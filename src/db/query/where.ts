import { Buffer } from "node:buffer";
import type { Column } from "../model/column.ts";
import { isPlainObject } from "../model/plain-object.ts";
import type { AnyModel, RowOf } from "../model/row.ts";
import type { Table } from "../model/table.ts";
import { textProblem } from "../model/text.ts";
import { type Complain, refuseUnfit, shown, unknownProperty } from "./complaint.ts";
import type { StatementWriter } from "./statement-writer.ts";

/** Conditions on one property, all of which hold. */
export interface Operators<Value> {
  readonly eq?: Value;
  /** Is something else, or nothing. */
  readonly ne?: Value;
  readonly in?: readonly Value[];
  /** Is none of these, or nothing. */
  readonly notIn?: readonly Value[];
  readonly gt?: NonNullable<Value>;
  readonly gte?: NonNullable<Value>;
  readonly lt?: NonNullable<Value>;
  readonly lte?: NonNullable<Value>;
}

/** Conditions on text. Upper and lower case differ, but for `ilike`. */
export interface TextOperators {
  /** A pattern: `%` is anything, `_` one character, a backslash takes their meaning from them. */
  readonly like?: string;
  readonly notLike?: string;
  /** A pattern in which upper and lower case are the same. */
  readonly ilike?: string;
  readonly startsWith?: string;
  readonly endsWith?: string;
  readonly contains?: string;
}

type Comparable = string | number | bigint | boolean | Date | null;

type Condition<Value> = [Value] extends [Comparable]
  ?
      | Value
      | readonly Value[]
      | (Operators<Value> & ([NonNullable<Value>] extends [string] ? TextOperators : unknown))
  : Extract<Value, null>;

// The compiler names this in its messages: a row is read more easily than a model.
type RowConditions<Row> = { readonly [Name in keyof Row]?: Condition<Row[Name]> };

/** What rows are looked for: a value, several of which one, or operators, for each property; all of it holds. */
export type Conditions<M extends AnyModel> = RowConditions<RowOf<M>>;

/** Conditions, or several of which one is enough. */
export type Where<M extends AnyModel> = Conditions<M> | readonly Conditions<M>[];

type Render = (column: Column, value: unknown, writer: StatementWriter) => string;

const compare =
  (operator: string): Render =>
  (column, value, writer) =>
    `${column.name} ${operator} ${writer.bindFor(column, value)}`;

const like =
  (pattern: (text: string) => string): Render =>
  (column, value, writer) =>
    `${column.name} like ${writer.bind(pattern(value as string), column.secret)} escape '\\'`;

const RENDER: Readonly<Record<keyof Operators<never> | keyof TextOperators, Render>> = {
  eq: (column, value, writer) =>
    value === null ? `${column.name} is null` : compare("=")(column, value, writer),
  ne: (column, value, writer) => {
    if (value === null) return `${column.name} is not null`;
    const differs = compare("<>")(column, value, writer);
    return column.nullable ? `(${differs} or ${column.name} is null)` : differs;
  },
  in: (column, value, writer) => oneOf(column, value as readonly unknown[], writer),
  notIn: (column, value, writer) => {
    const values = value as readonly unknown[];
    const others = `not ${oneOf(column, values, writer)}`;
    return column.nullable && !values.includes(null) ? `(${others} or ${column.name} is null)` : others;
  },
  gt: compare(">"),
  gte: compare(">="),
  lt: compare("<"),
  lte: compare("<="),
  like: like((text) => text),
  notLike: (column, value, writer) => `not (${like((text) => text)(column, value, writer)})`,
  ilike: (column, value, writer) => writer.ilike(column.name, writer.bind(value, column.secret)),
  startsWith: like((text) => `${escaped(text)}%`),
  endsWith: like((text) => `%${escaped(text)}`),
  contains: like((text) => `%${escaped(text)}%`),
};

const LISTS: ReadonlySet<string> = new Set(["in", "notIn"]);
const WRITTEN_PATTERNS: ReadonlySet<string> = new Set([
  "like",
  "notLike",
  "ilike",
] satisfies (keyof TextOperators)[]);
const PATTERNS: ReadonlySet<string> = new Set([
  ...WRITTEN_PATTERNS,
  ...(["startsWith", "endsWith", "contains"] satisfies (keyof TextOperators)[]),
]);

/**
 * The condition in the words of the database; undefined where every row will do.
 *
 * @throws what `complain` makes of an unknown property or operator, and of a value that does not fit.
 */
export function renderWhere(
  table: Table,
  where: unknown,
  writer: StatementWriter,
  complain: Complain,
): string | undefined {
  const complainOfWhere: Complain = (problem) => complain(`where: ${problem}`);
  const alternatives = Array.isArray(where) ? where : [where];
  if (alternatives.length === 0) return "1 = 0";
  const rendered = alternatives.map((conditions) =>
    renderConditions(table, conditions, writer, complainOfWhere),
  );
  if (rendered.length === 1) return rendered[0];
  // One that every row fits keeps its place: the values of the others are bound already.
  return `(${rendered.map((text) => `(${text ?? "1 = 1"})`).join(" or ")})`;
}

function renderConditions(
  table: Table,
  conditions: unknown,
  writer: StatementWriter,
  complain: Complain,
): string | undefined {
  if (!isPlainObject(conditions)) {
    throw complain(`expected an object of conditions or a list of them, not ${shown(conditions)}`);
  }
  const rendered = Object.entries(conditions).map(([property, condition]) => {
    const column = table.byProperty.get(property);
    if (column === undefined) throw complain(unknownProperty(table, property));
    return renderCondition(column, condition, writer, complain);
  });
  return rendered.length === 0 ? undefined : rendered.join(" and ");
}

function renderCondition(
  column: Column,
  condition: unknown,
  writer: StatementWriter,
  complain: Complain,
): string {
  if (condition === undefined) {
    throw complain(`${column.property} is undefined; leave it out, or say null for no value`);
  }
  const operators = Array.isArray(condition)
    ? { in: condition }
    : isPlainObject(condition)
      ? condition
      : { eq: condition };
  const rendered = Object.entries(operators).map(([operator, value]) => {
    const render = Object.hasOwn(RENDER, operator) ? RENDER[operator as keyof typeof RENDER] : undefined;
    if (render === undefined) {
      throw complain(
        `${column.property} has no operator ${operator}; there are ${Object.keys(RENDER).join(", ")}`,
      );
    }
    refuseUnfitOperand(column, operator, value, complain);
    return render(column, value, writer);
  });
  if (rendered.length === 0) throw complain(`${column.property} has no condition`);
  return rendered.join(" and ");
}

function refuseUnfitOperand(column: Column, operator: string, value: unknown, complain: Complain): void {
  if (LISTS.has(operator)) {
    if (!Array.isArray(value)) {
      throw complain(`${column.property}.${operator} must be an array, not ${shown(value, column)}`);
    }
    for (const one of value) refuseIncomparable(column, one, complain);
  } else if (PATTERNS.has(operator)) {
    refuseUnfitPattern(column, operator, value, complain);
  } else if (value === null && operator !== "eq" && operator !== "ne") {
    throw complain(`${column.property}.${operator} must be a value: nothing is greater or less than null`);
  } else {
    refuseIncomparable(column, value, complain);
  }
}

/** SQLite's limit. @see https://sqlite.org/limits.html */
const MAX_PATTERN_BYTES = 50_000;

/** A backslash at the end takes the meaning from nothing. */
const ENDS_WITHIN_ESCAPE = /(?<!\\)(?:\\\\)*\\$/;

function refuseUnfitPattern(column: Column, operator: string, value: unknown, complain: Complain): void {
  const searched = `${column.property}.${operator}`;
  if (!column.isText) throw complain(`${searched}: only text is searched in`);
  const problem = textProblem(value);
  if (problem !== undefined) throw complain(`${searched} must be ${problem}, not ${shown(value, column)}`);
  const text = value as string;
  if (Buffer.byteLength(escaped(text)) + 2 > MAX_PATTERN_BYTES) {
    throw complain(`${searched} must be shorter: a pattern has up to ${MAX_PATTERN_BYTES} bytes`);
  }
  if (WRITTEN_PATTERNS.has(operator) && ENDS_WITHIN_ESCAPE.test(text)) {
    throw complain(`${searched} ends with a backslash that nothing follows; two of them are one`);
  }
}

function refuseIncomparable(column: Column, value: unknown, complain: Complain): void {
  if (value === null) return;
  if (!column.isComparable) {
    throw complain(`${column.property} is compared with null alone, not with ${shown(value, column)}`);
  }
  refuseUnfit(column, value, complain);
}

function oneOf(column: Column, values: readonly unknown[], writer: StatementWriter): string {
  const others = values.filter((value) => value !== null);
  const listed =
    others.length === 0
      ? "1 = 0"
      : `${column.name} in (${others.map((value) => writer.bindFor(column, value)).join(", ")})`;
  return others.length === values.length ? `(${listed})` : `(${listed} or ${column.name} is null)`;
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
