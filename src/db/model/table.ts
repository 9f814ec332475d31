import { type EntityMetadata, type EntityProperty, type Platform, ReferenceKind } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import type { RawRow } from "../connection/connection.ts";
import type { DialectName } from "../dialect.ts";
import { type Column, columnOf } from "./column.ts";
import { type Relation, relationOf } from "./relation.ts";

/** A row with the model's values, by property: of a model that is known only when this runs. */
export type PlainRow = Record<string, unknown>;

/** What a repository has to know of a model's table, found out once. */
export interface Table {
  readonly dialect: DialectName;
  /** As errors name it. */
  readonly model: string;
  /** Quoted, with its schema. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly byProperty: ReadonlyMap<string, Column>;
  readonly relations: ReadonlyMap<string, Relation>;
  readonly id: Column;
  readonly version: Column | undefined;
  readonly isDeleted: Column | undefined;
  readonly createdAt: Column | undefined;
  /** Every column, each under its property's name. */
  readonly selection: string;
  /** The property of each column, by the name that a driver gives the column. */
  readonly propertyOfColumn: ReadonlyMap<string, string>;
  /** The text of a statement that comes again and again, made once by `key`. */
  text(key: string, make: () => string): string;
  /** A row by columns as a row by properties. */
  renamed(raw: RawRow): RawRow;
  /** A row with the driver's values, by properties, as one with the model's. */
  rowOf(raw: RawRow): PlainRow;
}

/**
 * @param related - The table of another model, by its entity's class.
 * @throws {ConfigurationError} if the model has not one primary key, or properties that are no columns.
 */
export function tableOf(
  meta: EntityMetadata,
  platform: Platform,
  dialect: DialectName,
  schema: string | undefined,
  related: (entity: object) => Table,
): Table {
  const kept = meta.props.filter(isKept);
  const columns = kept.map((property) => columnOf(meta.tableName, property, platform, dialect));
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  const [id, ...others] = columns.filter(({ primary }) => primary);
  if (id === undefined || others.length > 0) {
    throw new ConfigurationError(
      `model "${meta.tableName}": a repository needs a primary key of one column, and there are ${others.length + (id ? 1 : 0)}`,
    );
  }
  const relations = meta.props.map((property) => relationOf(property, id.property, related));
  const { isDeleted } = meta.properties;
  if (isDeleted !== undefined && isDeleted.runtimeType !== "boolean") {
    throw new ConfigurationError(
      `model "${meta.tableName}": isDeleted says whether a row is deleted softly, and must be a boolean; give the property another name`,
    );
  }
  const { versionProperty } = meta;
  const propertyOfColumn = new Map(kept.map(({ name, fieldNames }) => [fieldNames[0] as string, name]));
  return {
    dialect,
    model: meta.tableName,
    name: schema === undefined ? `"${meta.tableName}"` : `"${schema}"."${meta.tableName}"`,
    columns,
    byProperty,
    relations: new Map(relations.filter((one) => one !== undefined).map((one) => [one.property, one])),
    id,
    version: versionProperty === undefined ? undefined : byProperty.get(versionProperty),
    isDeleted: byProperty.get("isDeleted"),
    createdAt: byProperty.get("createdAt"),
    selection: columns.map(({ selected }) => selected).join(", "),
    propertyOfColumn,
    renamed: (raw) =>
      Object.fromEntries(
        Object.entries(raw).map(([column, value]) => [propertyOfColumn.get(column) ?? column, value]),
      ),
    text: keptTexts(),
    rowOf: rowReader(columns),
  };
}

function isKept({ kind, persist, mappedBy }: EntityProperty): boolean {
  if (persist === false) return false;
  if (kind === ReferenceKind.ONE_TO_MANY || kind === ReferenceKind.MANY_TO_MANY) return false;
  return !(kind === ReferenceKind.ONE_TO_ONE && mappedBy);
}

function keptTexts(): Table["text"] {
  const texts = new Map<string, string>();
  return (key, make) => {
    let text = texts.get(key);
    if (text === undefined) {
      text = make();
      texts.set(key, text);
    }
    return text;
  };
}

function rowReader(columns: readonly Column[]): Table["rowOf"] {
  return (raw) => {
    const row: PlainRow = {};
    for (const { property, fromDatabase } of columns) {
      const value = raw[property];
      row[property] =
        value === null || value === undefined || fromDatabase === undefined
          ? (value ?? null)
          : fromDatabase(value);
    }
    return row;
  };
}
