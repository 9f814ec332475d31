import { type EntityProperty, ReferenceKind } from "@mikro-orm/core";

/** The property whose values a column has: for a relation, the primary key that it refers to. */
export function valueProperty(property: EntityProperty): EntityProperty {
  const { kind, targetMeta } = property;
  const isReference = kind === ReferenceKind.MANY_TO_ONE || kind === ReferenceKind.ONE_TO_ONE;
  return isReference && targetMeta !== undefined ? valueProperty(targetMeta.getPrimaryProp()) : property;
}
