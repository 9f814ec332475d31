/**
 * What the compiler reads from schemas. An application pays for this once per event, so it is written for the
 * compiler's speed before anything else; `docs/decisions/0003-types.md` has the measurements behind each choice.
 */

/**
 * Any Standard Schema, as a constraint. `unknown` keeps the compiler from comparing zod's "~standard", which is a
 * conditional type on the whole schema, for each event.
 */
export interface Schema {
  readonly "~standard": unknown;
  readonly _zod?: SchemaTypes;
}

interface SchemaTypes {
  // biome-ignore lint/suspicious/noExplicitAny: any schema's types.
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: any schema's types.
  readonly output: any;
}

/** zod keeps its types under `_zod` as well, where they cost a quarter less to read. */
type TypesOf<S extends Schema> = "_zod" extends keyof S
  ? NonNullable<S["_zod"]>
  : StandardTypesOf<S["~standard"]>;
type StandardTypesOf<Props> = Props extends { readonly types?: infer T extends SchemaTypes | undefined }
  ? NonNullable<T>
  : never;

/** What a schema takes. */
export type InferInput<S extends Schema> = TypesOf<S>["input"];

/** What a schema gives. */
export type InferOutput<S extends Schema> = TypesOf<S>["output"];

/** `void` where an input may be left out, because each of its fields may; else never. */
export type Omittable<I> = I extends unknown
  ? { [K in keyof I]-?: IfRequired<Flags<I>[K]> }[keyof I] extends never
    ? // biome-ignore lint/suspicious/noConfusingVoidType: a parameter of type void may be left out.
      void
    : never
  : never;
type Flags<T> = { [K in keyof T]: 0 };
type IfRequired<Flag> = undefined extends Flag ? never : 0;

/** The schema of each declared failure's data, by code. */
export type ErrorSchemas = Readonly<Record<string, Schema>>;

/** The data of the failure that is declared under `Code`. */
export type ErrorData<Errors, Code extends keyof Errors> = Errors[Code] extends Schema
  ? InferOutput<Errors[Code]>
  : never;
