import type {
  EntityCtor,
  EntitySchemaWithMeta,
  ExtractDefineEntityProperties,
  InferEntityFromProperties,
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

/** What a row is without: relations to many, or that the other row has the column of. */
type NoColumn = { kind: "1:m" | "m:n" } | { mappedBy: true } | { persist: false };

type ColumnNames<Props> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends NoColumn ? never : Name;
}[keyof Props];

type NamesWith<Props, Option> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends Option ? Name : never;
}[keyof Props];

/** What stands for a row: the value of its primary key, which may refer to a row itself. */
type KeyOf<Props> = {
  [Name in keyof Props]: OptionsOf<Props[Name]> extends { primary: true } ? PlainValue<Props[Name]> : never;
}[keyof Props];

type PlainValue<Property, Options = OptionsOf<Property>> = Options extends { kind: "m:1" | "1:1" }
  ? KeyOf<ExtractDefineEntityProperties<ValueOf<Property>>>
  : Options extends { array: true }
    ? ValueOf<Property>[]
    : ValueOf<Property>;

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

/** An intersection as the one object that it is. */
type Shown<Type> = { [Name in keyof Type]: Type[Name] } & unknown;

/** A row of a model: `RowOf<typeof User>`. A relation to one is the other row's key. */
export type RowOf<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? { [Name in ColumnNames<Props>]: ColumnValue<Props[Name]> }
  : never;

/** The relations of a model that `populate` follows: all but those of many to many. */
export type RelationsOf<M extends AnyModel> = M extends { readonly properties: infer Props }
  ? NamesWith<Props, { kind: "m:1" | "1:1" | "1:m" }> & string
  : never;

/** A row with the rows that `Relations` lead to: `Populated<typeof Book, "author">`. */
export type Populated<M extends AnyModel, Relations extends string> = [Relations] extends [never]
  ? RowOf<M>
  : M extends { readonly properties: infer Props }
    ? Shown<Omit<RowOf<M>, Relations> & { [Name in Relations & keyof Props]: Related<Props[Name]> }>
    : never;

interface RelatedModel<Property> extends AnyModel {
  readonly properties: ExtractDefineEntityProperties<ValueOf<Property>>;
}

type Related<
  Property,
  Other = RowOf<RelatedModel<Property>>,
  Options = OptionsOf<Property>,
> = Options extends { kind: "1:m" }
  ? Other[]
  : Options extends { nullable: true } | { mappedBy: true }
    ? Other | null
    : Other;

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
  ? {
      [Name in Exclude<ColumnNames<Props>, NamesWith<Props, { primary: true } | { version: true }>>]?:
        | ColumnValue<Props[Name]>
        | undefined;
    }
  : never;

/** The type of a model's primary key. */
export type IdOf<M extends AnyModel> = M extends { readonly properties: infer Props } ? KeyOf<Props> : never;
