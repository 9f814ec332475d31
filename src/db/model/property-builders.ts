import {
  type EmptyOptions,
  type InferEntity,
  p as mikroOrm,
  type PropertyBuilders,
  type PropertyChain,
} from "@mikro-orm/core";

type OneToOneOptions = EmptyOptions & { kind: "1:1" };

interface OneToOne<Entity> extends Omit<PropertyChain<Entity, OneToOneOptions>, "mappedBy"> {
  /** The property of the other model that refers to this one. This one then has no column, and says so first of all. */
  mappedBy(
    property: (keyof Entity & string) | ((entity: Entity) => unknown),
  ): PropertyChain<Entity, OneToOneOptions & { mappedBy: true }>;
}

/** MikroORM's property builders, where two of their types say too little of a row. */
export interface ModelPropertyBuilders extends Omit<PropertyBuilders, "double" | "oneToOne"> {
  double: PropertyBuilders["float"];
  oneToOne<Target extends { "~entity": unknown }>(target: Target): OneToOne<InferEntity<Target>>;
}

/** Makes the properties of a model: `p.string().length(100).nullable()`. It is MikroORM's property builder. */
export const p: ModelPropertyBuilders = mikroOrm as ModelPropertyBuilders;
