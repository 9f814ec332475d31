import type {
  EntityCtor,
  EntitySchemaWithMeta,
  InferEntityFromProperties,
  PrimaryKeyProp,
} from "@mikro-orm/core";

/** Properties by name, as `p` builds them. */
// biome-ignore lint/suspicious/noExplicitAny: a builder's type says what it holds; there is none for all of them.
export type Properties = Record<string, any>;

/** A table, its columns and relations, made by `defineModel`. It is an entity schema of MikroORM, too. */
export type Model<Table extends string, Props extends Properties> = EntitySchemaWithMeta<
  Table,
  Table,
  InferEntityFromProperties<Props>,
  never,
  Props,
  EntityCtor<InferEntityFromProperties<Props>>
>;

/** Any model. */
export interface AnyModel {
  readonly tableName: string;
  readonly properties: Properties;
  /** What MikroORM makes of a row. */
  readonly "~entity": unknown;
}

/** A relation to a model that is defined further down is a function that gives it. */
// biome-ignore lint/suspicious/noExplicitAny: what it is given does not matter.
type Built<Property> = Property extends (...args: any[]) => infer Result ? Result : Property;

type OptionsOf<Property> = Built<Property> extends { readonly "~options": infer Options } ? Options : never;

type ValueOf<Property> =
  Built<Property> extends { readonly "~type"?: { value: infer Value } } ? Value : never;

/** Relations to many have no column: a row is without them. */
type ColumnNames<Props> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends { kind: "1:m" | "m:n" } | { persist: false }
    ? never
    : Name;
}[keyof Props];

type PrimaryKeyNames<Props> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends { primary: true } ? Name : never;
}[keyof Props];

/** To MikroORM a double may be text, which it never is. */
type Unbranded<Value> = [string | number, Value] extends [Value, string | number]
  ? number
  : UnbrandedOne<Value>;

/** MikroORM brands the types of what may be left out when a row is made. */
type UnbrandedOne<Value> = Value extends string
  ? StringOf<Value>
  : Value extends number
    ? number
    : Value extends bigint
      ? bigint
      : Value extends boolean
        ? boolean
        : Value;

/** An enum's literals stay what they are. */
type StringOf<Value extends string> = string extends (
  Value extends infer Plain extends string & infer _
    ? Plain
    : never
)
  ? string
  : Value;

/** What stands for a row in a column that refers to it. */
type KeyOf<Entity> = Entity extends { [PrimaryKeyProp]?: infer Key }
  ? Key extends keyof Entity
    ? UnbrandedKey<Entity[Key]>
    : never
  : never;

type UnbrandedKey<Key> = Key extends string
  ? string
  : Key extends number
    ? number
    : Key extends bigint
      ? bigint
      : Key;

type PlainValue<Property, Options = OptionsOf<Property>> = Options extends { kind: "m:1" | "1:1" }
  ? KeyOf<ValueOf<Property>>
  : Options extends { array: true }
    ? ValueOf<Property>[]
    : Unbranded<ValueOf<Property>>;

type ColumnValue<Property> =
  OptionsOf<Property> extends { nullable: true } ? PlainValue<Property> | null : PlainValue<Property>;

/** What the database, the model or a mixin fills in where nobody else does. */
type FilledIn =
  | { nullable: true }
  | { default: unknown }
  | { defaultRaw: string }
  | { autoincrement: true }
  | { version: true }
  // biome-ignore lint/suspicious/noExplicitAny: MikroORM's own type of it.
  | { onCreate: (...args: any[]) => any };

type OptionalNames<Props> = {
  [Name in ColumnNames<Props>]: OptionsOf<Props[Name]> extends FilledIn ? Name : never;
}[ColumnNames<Props>];

type Shown<Type> = { [Name in keyof Type]: Type[Name] };

/** A row of a model: `RowOf<typeof User>`. A relation to one is the other row's key. */
export type RowOf<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? Shown<{ -readonly [Name in ColumnNames<Props>]: ColumnValue<Props[Name]> }>
  : never;

/** What a new row is made of: without what is filled in for it, if one likes. */
export type NewRow<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? Shown<
      { [Name in Exclude<ColumnNames<Props>, OptionalNames<Props>>]: ColumnValue<Props[Name]> } & {
        [Name in OptionalNames<Props>]?: ColumnValue<Props[Name]> | undefined;
      }
    >
  : never;

/** What of a row may be changed: all but its key and its version. */
export type Changes<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? Shown<{
      [Name in Exclude<ColumnNames<Props>, PrimaryKeyNames<Props> | VersionNames<Props>>]?:
        | ColumnValue<Props[Name]>
        | undefined;
    }>
  : never;

type VersionNames<Props> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends { version: true } ? Name : never;
}[keyof Props];

/** The type of a model's primary key. */
export type IdOf<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? PrimaryKeyNames<Props> extends infer Name extends keyof Props
    ? UnbrandedKey<ValueOf<Props[Name]>>
    : never
  : never;
