import { type JsonSchema, TRAVELS } from "../../core/json-schema.ts";
import { keyOf, resolve } from "../../core/schema-properties.ts";
import { plainName } from "./names.ts";
import { mapSubschemas } from "./subschemas.ts";

/** Which side of a contract a schema describes; the two may differ, as a default's field is not required in an input. */
export type Side = "input" | "output";

/** A JSON Schema document, whose parts go into the OpenAPI document one by one. */
export interface SchemaSource {
  /** What its local references lead into. */
  readonly root: JsonSchema;
  /** Names what has no name of its own. */
  readonly owner: string;
  readonly side: Side;
}

export function schemaSource(document: JsonSchema, owner: string, side: Side): SchemaSource {
  return { root: publicPart(document, side), owner, side };
}

/**
 * What of a schema is for clients. That an output has no more fields than these says what the server leaves out, and is
 * no promise that there will never be more: without it, input and output can often share a component.
 */
function publicPart(schema: JsonSchema, side: Side): JsonSchema {
  const { [TRAVELS]: _, ...rest } = mapSubschemas(schema, (inner) => publicPart(inner, side));
  if (side === "input" || rest.additionalProperties !== false) return rest;
  const { additionalProperties, ...open } = rest;
  return open;
}

/** The schemas that operations share, each once and under one name. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>();
  /** What each name stands for, in a form that is equal for equal schemas. */
  readonly #forms = new Map<string, string>();
  /** The forms of schemas that were referred to before; each takes a walk through all that it reaches. */
  readonly #known = new WeakMap<JsonSchema, string>();

  constructor(given: Readonly<Record<string, JsonSchema>>) {
    for (const [name, schema] of Object.entries(given)) {
      this.#schemas.set(name, schema);
      this.#forms.set(name, canonical(schema, schema));
    }
  }

  /** By name, in alphabetical order. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** A reference to a component that is made of `schema`; scalars and references stay what they are. */
  named(schema: JsonSchema, source: SchemaSource): JsonSchema {
    return "$ref" in schema || isScalar(schema)
      ? this.inline(schema, source)
      : this.#refer(schema, source.owner, source);
  }

  /** `schema` itself, with what it refers to among the components. */
  inline(schema: JsonSchema, source: SchemaSource): JsonSchema {
    const { $ref, ...rest } = mapSubschemas(withoutDefinitions(schema), (inner) =>
      this.inline(inner, source),
    );
    if ($ref === undefined) return rest;
    const target = resolve(schema, source.root);
    if (target === schema) return { ...rest, $ref };
    const isWorthAName = givenName(String($ref)) !== undefined || !isScalar(target);
    const name = definitionName(String($ref), source);
    return { ...rest, ...(isWorthAName ? this.#refer(target, name, source) : this.inline(target, source)) };
  }

  #refer(schema: JsonSchema, name: string, source: SchemaSource): JsonSchema {
    const component = this.#claim(name, this.#formOf(schema, source.root), source.side);
    if (!this.#schemas.has(component)) {
      this.#schemas.set(component, {}); // A schema that refers to itself finds its name taken care of.
      this.#schemas.set(component, this.inline(schema, source));
    }
    return { $ref: `#/components/schemas/${component}` };
  }

  #formOf(schema: JsonSchema, root: JsonSchema): string {
    const form = this.#known.get(schema) ?? canonical(schema, root);
    this.#known.set(schema, form);
    return form;
  }

  /** The name, unless something else has it: then `UserInput`, `UserInput2` and so on. */
  #claim(name: string, form: string, side: Side): string {
    const word = side === "input" ? "Input" : "Output";
    const sided = name.includes(word) ? name : name + word;
    const candidates = [name, sided];
    for (let number = 2; ; number++) {
      for (const candidate of candidates.splice(0)) {
        const known = this.#forms.get(candidate);
        if (known === undefined) this.#forms.set(candidate, form);
        if (known === undefined || known === form) return candidate;
      }
      candidates.push(`${sided}${number}`);
    }
  }
}

/** Names that libraries make up and number as they go: zod's `__schema0`, valibot's `0`, arktype's `intersection225`. */
const MADE_UP = /^(__schema|intersection|union|type)?\d+$/;

/** The name that somebody gave to a definition, if anybody did. */
function givenName($ref: string): string | undefined {
  const id = keyOf($ref.slice($ref.lastIndexOf("/") + 1));
  return $ref === "#" || MADE_UP.test(id) ? undefined : plainName(id);
}

function definitionName($ref: string, { owner, root }: SchemaSource): string {
  return givenName($ref) ?? ($ref === "#" || $ref === root.$ref ? owner : `${owner}Part`);
}

function isScalar({ type, properties, ...schema }: JsonSchema): boolean {
  const types = [type].flat();
  const isComposed = "allOf" in schema || "anyOf" in schema || "oneOf" in schema;
  return !types.includes("object") && !types.includes("array") && properties === undefined && !isComposed;
}

function withoutDefinitions({ $defs, definitions, $schema, $id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/**
 * The schema and what it refers to as text, equal for schemas that say the same: the order of keys does not count, nor
 * do names that a library made up.
 */
function canonical(schema: JsonSchema, root: JsonSchema): string {
  const seen = new Map<JsonSchema, number>();
  const formOf = (part: JsonSchema): JsonSchema => {
    const target = resolve(part, root);
    if (target === part) return mapSubschemas(withoutDefinitions(part), formOf);
    const { $ref, ...rest } = mapSubschemas(part, formOf);
    const name = givenName(String($ref)) ?? "";
    const number = seen.get(target);
    if (number !== undefined) return { ...rest, $ref: [name, number] };
    seen.set(target, seen.size);
    return { ...rest, $ref: [name, formOf(target)] };
  };
  seen.set(schema, 0);
  return JSON.stringify(formOf(schema), (_key, value) => sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
