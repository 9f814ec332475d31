import { defineEntity } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import { refuseUnwritableDefaults } from "./default.ts";
import type { Model, Properties } from "./row.ts";

/** What belongs to a table beside its columns. */
export interface ModelOptions<Props extends Properties> {
  /** Properties that are unique together. */
  readonly unique?: readonly (readonly (keyof Props & string)[])[];
  /** Properties that are looked up together. */
  readonly indexes?: readonly (readonly (keyof Props & string)[])[];
}

const TABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The name of MikroORM's filter that hides what is deleted softly. */
const SOFT_DELETE_FILTER = "softDelete";

/**
 * A table of the database, with the properties of its rows. Columns are named in snake_case.
 *
 * @example
 * const User = defineModel("users", {
 *   ...uuid(),
 *   ...timestamps(),
 *   ...softDelete(),
 *   name: p.string().length(100),
 *   email: p.string().length(255).unique(),
 * });
 * type User = RowOf<typeof User>;
 * @throws {ConfigurationError} if the table's name is not one, or a default cannot be written down. A model without a primary key is refused by `connect`.
 */
export function defineModel<const Table extends string, Props extends Properties>(
  table: Table,
  properties: Props,
  options: ModelOptions<Props> = {},
): Model<Table, Props> {
  if (!TABLE_NAME.test(table)) {
    throw new ConfigurationError(
      `defineModel: a table's name has letters, digits and underscores, which ${JSON.stringify(table)} has not`,
    );
  }
  refuseUnwritableDefaults(table, properties);
  const { unique = [], indexes = [] } = options;
  return defineEntity({
    name: table,
    tableName: table,
    properties,
    uniques: unique.map((names) => ({ properties: [...names] })),
    indexes: indexes.map((names) => ({ properties: [...names] })),
    // What MikroORM finds for itself, populated relations above all, is without them as well.
    ...("isDeleted" in properties && {
      filters: {
        [SOFT_DELETE_FILTER]: { name: SOFT_DELETE_FILTER, cond: { isDeleted: false }, default: true },
      },
    }),
  } as never) as unknown as Model<Table, Props>;
}
