import type { EntityProperty, Platform } from "@mikro-orm/core";
import { ReferenceKind } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import type { DialectName } from "../query/dialect.ts";

/** One column of a table: the way of a value into it and out of it. */
export interface Column {
  readonly property: string;
  /** Quoted, as it stands in a statement. */
  readonly name: string;
  /** As it stands in a list of what is selected, giving `property`. */
  readonly selected: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  /** Hidden from logs: a property that is `hidden()`. */
  readonly secret: boolean;
  /** What a new row has where nobody says otherwise. */
  readonly onCreate: (() => unknown) | undefined;
  /** What a changed row has where nobody says otherwise. */
  readonly onUpdate: (() => unknown) | undefined;
  /** Whether the database knows what a new row has where nobody says otherwise. */
  readonly madeByDatabase: boolean;
  /** Says what was expected where a value, which is not null, is not that. */
  problemOf(value: unknown): string | undefined;
  toDatabase(value: unknown): unknown;
  /** Undefined where the driver's value is what it should be. */
  readonly fromDatabase: ((value: unknown) => unknown) | undefined;
}

/** @throws {ConfigurationError} for a kind of property that a repository has no column for. */
export function columnOf(
  model: string,
  property: EntityProperty,
  platform: Platform,
  dialect: DialectName,
): Column {
  const { name, fieldNames } = property;
  if (fieldNames?.length !== 1 || property.embedded !== undefined || property.formula !== undefined) {
    throw new ConfigurationError(
      `model "${model}": a repository cannot keep ${name}, which is not one column; use db.em for it`,
    );
  }
  const quoted = `"${fieldNames[0]}"`;
  const convert = conversionOf(property, platform, dialect);
  // A number of JavaScript is too small for it, and node:sqlite refuses to cut it off.
  const readsAsText = dialect === "sqlite" && property.columnTypes[0] === "bigint";
  return {
    property: name,
    name: quoted,
    selected: `${readsAsText ? `cast(${quoted} as text)` : quoted} as "${name}"`,
    nullable: property.nullable === true,
    primary: property.primary === true,
    secret: property.hidden === true,
    onCreate: creationOf(property),
    onUpdate: filler(property.onUpdate),
    madeByDatabase: isMadeByDatabase(property),
    problemOf: checkOf(property),
    ...convert,
  };
}

function creationOf(property: EntityProperty): (() => unknown) | undefined {
  const { default: value, nullable, version } = property;
  if (property.onCreate !== undefined) return filler(property.onCreate);
  if (version === true) return () => 1;
  if (value !== undefined) return () => value;
  return nullable === true && !isMadeByDatabase(property) ? () => null : undefined;
}

function isMadeByDatabase({ defaultRaw, autoincrement, generated }: EntityProperty): boolean {
  return defaultRaw !== undefined || autoincrement === true || generated !== undefined;
}

/** They get no entity: there is none. */
function filler(made: ((entity: never, em: never) => unknown) | undefined): (() => unknown) | undefined {
  return made && (() => made({} as never, undefined as never));
}

function conversionOf(
  property: EntityProperty,
  platform: Platform,
  dialect: DialectName,
): Pick<Column, "toDatabase" | "fromDatabase"> {
  const type = property.customType;
  if (isUuid(property)) {
    // SQLite keeps it as text, in which upper and lower case differ.
    return { toDatabase: (value) => String(value).toLowerCase(), fromDatabase: undefined };
  }
  if (type !== undefined) {
    return {
      toDatabase: (value) => type.convertToDatabaseValue(value, platform, { mode: "query" }),
      fromDatabase: (value) => type.convertToJSValue(value, platform),
    };
  }
  if (property.runtimeType === "Date") {
    return {
      toDatabase: (value) =>
        dialect === "sqlite" ? (value as Date).getTime() : (value as Date).toISOString(),
      fromDatabase: (value) => new Date(value as string | number),
    };
  }
  if (property.runtimeType === "boolean" && dialect === "sqlite") {
    return { toDatabase: (value) => (value === true ? 1 : 0), fromDatabase: (value) => value !== 0 };
  }
  return { toDatabase: (value) => value, fromDatabase: undefined };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INT_RANGE = 2 ** 31;

/** PostgreSQL checks all this by itself, and SQLite nothing: what runs on one has to run on the other. */
function checkOf(property: EntityProperty): Column["problemOf"] {
  if (isUuid(property)) return (value) => (isUuidText(value) ? undefined : "a UUID");
  if (property.items !== undefined) {
    const { items } = property;
    return (value) => (items.includes(value as never) ? undefined : `one of ${items.join(", ")}`);
  }
  switch (property.runtimeType) {
    case "string":
      return property.customType === undefined || property.type === "string"
        ? stringCheck(isText(property) ? property.length : undefined)
        : any;
    case "Date":
      return (value) =>
        value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : "a valid Date";
    case "boolean":
      return (value) => (typeof value === "boolean" ? undefined : "true or false");
    case "number":
      return property.columnTypes[0]?.startsWith("int") ? integerCheck : numberCheck;
    case "bigint":
      return (value) => (typeof value === "bigint" ? undefined : "a bigint");
    default:
      return any;
  }
}

const any = () => undefined;

/** The length of a time is how many digits its seconds have. */
function isText({ columnTypes }: EntityProperty): boolean {
  return /^(?:text|(?:var)?char)/.test(columnTypes[0] ?? "");
}

function stringCheck(maxLength: number | undefined): Column["problemOf"] {
  return (value) => {
    if (typeof value !== "string") return "a string";
    if (value.includes("\0")) return "a string without NUL characters";
    if (maxLength === undefined || value.length <= maxLength || [...value].length <= maxLength)
      return undefined;
    return `a string of up to ${maxLength} characters`;
  };
}

const integerCheck = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= -INT_RANGE && (value as number) < INT_RANGE
    ? undefined
    : `an integer from ${-INT_RANGE} to ${INT_RANGE - 1}`;

const numberCheck = (value: unknown) =>
  typeof value === "number" && !Number.isNaN(value) ? undefined : "a number";

function isUuidText(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

function isUuid(property: EntityProperty): boolean {
  if (property.type === "UuidType" || property.type === "uuid") return true;
  const refersTo = isReference(property) ? property.targetMeta?.getPrimaryProp() : undefined;
  return refersTo !== undefined && isUuid(refersTo);
}

function isReference({ kind }: EntityProperty): boolean {
  return kind === ReferenceKind.MANY_TO_ONE || kind === ReferenceKind.ONE_TO_ONE;
}
