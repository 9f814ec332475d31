import type { AnyModel, RowOf } from "../model/row.ts";
import type { OrderBy } from "../query/order.ts";
import type { Where } from "../query/where.ts";

/** Which rows are seen. What is undefined here and in the other options is as if it was left out: input often has it so. */
export interface VisibilityOptions {
  /** Whether rows that are deleted softly are seen, too. @default false */
  readonly includeDeleted?: boolean | undefined;
}

/** Which rows are given, and in which order. */
export interface FindOptions<M extends AnyModel> extends VisibilityOptions {
  /** How many at most. @default all */
  readonly limit?: number | undefined;
  /** How many are left out at the beginning. @default 0 */
  readonly offset?: number | undefined;
  /** @default newest first */
  readonly orderBy?: OrderBy<M> | undefined;
}

/** Which page of the rows is given. */
export interface PageOptions<M extends AnyModel> extends VisibilityOptions {
  /** How many rows at most. @default 100 */
  readonly first?: number | undefined;
  /** The `endCursor` of the page before. @default the first page */
  readonly after?: string | null | undefined;
  /** @default all rows */
  readonly where?: Where<M> | undefined;
  /** @default newest first */
  readonly orderBy?: OrderBy<M> | undefined;
}

/** Which relations are followed. */
export interface PopulateOptions<Relation extends string> {
  /**
   * The relations in whose place a row has the rows that they lead to: one that is referred to, be it deleted softly or
   * not, or the list of those that refer to it, newest first. @default none: a row has keys
   */
  readonly populate?: readonly Relation[] | undefined;
}

/** Which row is changed. */
export interface UpdateOptions {
  /** The version that the changes are made for; another one that is there is a ConcurrencyError. */
  readonly version?: number | undefined;
}

/** Which row is changed instead of making one. */
export interface UpsertOptions<M extends AnyModel> {
  /** The properties, unique together, by which a row is known to be there. @default the primary key */
  readonly on?: readonly (keyof RowOf<M> & string)[] | undefined;
}
