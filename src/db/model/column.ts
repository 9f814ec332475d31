import type { EntityProperty, Platform } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import type { DialectName } from "../dialect.ts";
import { isArray } from "./array.ts";
import { defaultOf } from "./default.ts";
import { isText } from "./text.ts";
import type { Conversion, ValueCheck } from "./value.ts";
import { valueCheck } from "./value-check.ts";
import { conversionOf } from "./value-conversion.ts";
import { valueProperty } from "./value-property.ts";

/** One column of a table: the way of a value into it and out of it. */
export interface Column extends Conversion {
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
  /** Whether it holds text, in which one may search. */
  readonly isText: boolean;
  /** Whether its values may be compared and ordered: what is kept as JSON, or as an array, is no value to the database. */
  readonly isComparable: boolean;
  readonly problemOf: ValueCheck;
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
  const valued = valueProperty(property);
  if (valued.type === "IntervalType") {
    throw new ConfigurationError(
      `model "${model}": a repository cannot keep ${name}, an interval, which each database writes in its own way; keep it as a number of ms`,
    );
  }
  // A number of JavaScript is too small for it, and node:sqlite refuses to cut it off.
  const readsAsText = dialect === "sqlite" && property.columnTypes[0] === "bigint";
  return {
    property: name,
    name: quoted,
    selected: `${readsAsText ? `cast(${quoted} as text)` : quoted} as "${name}"`,
    nullable: property.nullable === true,
    primary: property.primary === true,
    secret: property.hidden === true,
    onCreate: creationOf(property, platform, dialect),
    onUpdate: filler(property.onUpdate),
    madeByDatabase: isMadeByDatabase(property),
    isText: isText(valued),
    isComparable: valued.type !== "JsonType" && !isArray(valued),
    problemOf: valueCheck(valued, platform, dialect),
    ...conversionOf(valued, platform, dialect),
  };
}

function creationOf(
  property: EntityProperty,
  platform: Platform,
  dialect: DialectName,
): (() => unknown) | undefined {
  const { nullable, version, defaultRaw = "" } = property;
  if (property.onCreate !== undefined) return filler(property.onCreate);
  if (version === true) return () => 1;
  // SQLite would write text among the numbers that dates are there, which is greater than all of them.
  if (dialect === "sqlite" && property.runtimeType === "Date" && NOW.test(defaultRaw))
    return () => new Date();
  const value = defaultOf(property, platform);
  if (value !== undefined) return () => value;
  return nullable === true && !isMadeByDatabase(property) ? () => null : undefined;
}

const NOW = /^(?:current_timestamp|now)(?:\(\d?\))?$/i;

function isMadeByDatabase({ defaultRaw, autoincrement, generated }: EntityProperty): boolean {
  return defaultRaw !== undefined || autoincrement === true || generated !== undefined;
}

/** They get no entity: there is none. */
function filler(made: ((entity: never, em: never) => unknown) | undefined): (() => unknown) | undefined {
  return made && (() => made({} as never, undefined as never));
}
