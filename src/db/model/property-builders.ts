import {
  type EmptyOptions,
  type InferEntity,
  p as mikroOrm,
  type PropertyBuilders,
  type PropertyChain,
  type UniversalPropertyOptionsBuilder,
} from "@mikro-orm/core";

/** What builds a property of a kind that has nothing special. */
type Plain<Value> =
  ReturnType<PropertyBuilders["float"]> extends UniversalPropertyOptionsBuilder<
    number,
    infer Options,
    infer Keys
  >
    ? UniversalPropertyOptionsBuilder<Value, Options, Keys>
    : never;

type OneToOneOptions = EmptyOptions & { kind: "1:1" };

/** A relation of one to one. It has a column unless it says `mappedBy`. */
export interface OneToOneProperty<Entity> extends Omit<PropertyChain<Entity, OneToOneOptions>, "mappedBy"> {
  /** The property of the other model that refers to this one. This one then has no column, and says so first of all. */
  mappedBy(
    property: (keyof Entity & string) | ((entity: Entity) => unknown),
  ): PropertyChain<Entity, OneToOneOptions & { mappedBy: true }>;
}

/** MikroORM's property builders, with the types that rows have where MikroORM's own are wider or hard to read. */
export interface ModelPropertyBuilders extends Omit<PropertyBuilders, "boolean" | "double" | "oneToOne"> {
  boolean(): Plain<boolean>;
  double(): Plain<number>;
  oneToOne<Target extends { "~entity": unknown }>(target: Target): OneToOneProperty<InferEntity<Target>>;
}

/** Builds the properties of a model, `p.string().length(100).nullable()`: MikroORM's property builders. */
export const p: ModelPropertyBuilders = mikroOrm as ModelPropertyBuilders;
