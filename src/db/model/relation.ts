import { type EntityProperty, ReferenceKind } from "@mikro-orm/core";
import type { Table } from "./table.ts";

/** How the rows of one table belong to those of another. */
export interface Relation {
  readonly property: string;
  /** The property of the row whose value is looked for. */
  readonly key: string;
  /** The table of the other rows. */
  readonly target: () => Table;
  /** The property of the other rows that has the value. */
  readonly targetKey: string;
  readonly toMany: boolean;
  /** Whether the other row may be deleted softly and belongs here all the same: this one says so itself. */
  readonly includeDeleted: boolean;
}

/** The relation that a property is; undefined for a column, and for one of many to many, whose table is in between. */
export function relationOf(
  { kind, name, mappedBy, targetMeta }: EntityProperty,
  id: string,
  tableOf: (entity: object) => Table,
): Relation | undefined {
  if (targetMeta === undefined || !RELATIONS.has(kind)) return undefined;
  const target = () => tableOf(targetMeta.class);
  const toMany = kind === ReferenceKind.ONE_TO_MANY;
  return mappedBy
    ? { property: name, key: id, target, targetKey: mappedBy, toMany, includeDeleted: false }
    : {
        property: name,
        key: name,
        target,
        targetKey: targetMeta.getPrimaryProp().name,
        toMany,
        includeDeleted: true,
      };
}

const RELATIONS: ReadonlySet<ReferenceKind> = new Set([
  ReferenceKind.MANY_TO_ONE,
  ReferenceKind.ONE_TO_ONE,
  ReferenceKind.ONE_TO_MANY,
]);
