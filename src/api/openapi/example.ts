import type { JsonSchema } from "../../core/json-schema.ts";
import { resolve } from "../../core/schema-properties.ts";
import { sampleNumber, sampleString } from "./sample-scalar.ts";

/** The examples that a schema states, else one that is made from it, if that can be done. */
export function examplesOf(schema: JsonSchema, root: JsonSchema): readonly unknown[] {
  const stated = statedExamples(schema, root);
  if (stated.length > 0) return stated;
  const made = sample(schema, { root, left: MOST_PARTS }, []);
  return made === undefined ? [] : [made];
}

/** What the schema itself gives under `examples` and `example`. */
export function statedExamples(schema: JsonSchema, root: JsonSchema): readonly unknown[] {
  return [schema, resolve(schema, root)].map(ownExamples).find((examples) => examples.length > 0) ?? [];
}

function ownExamples({ example, examples }: JsonSchema): readonly unknown[] {
  if (Array.isArray(examples)) return examples;
  return example === undefined ? [] : [example];
}

/** Schemas that refer to one another have ways through them without end, nearly. */
const MOST_PARTS = 1_000;

/** One example as it is made. */
interface Making {
  readonly root: JsonSchema;
  /** How many parts it may still have. */
  left: number;
}

/** A value that the schema takes, or undefined where none is found. `within` is what this is a part of. */
function sample(schema: JsonSchema, making: Making, within: readonly JsonSchema[]): unknown {
  const { root } = making;
  const target = resolve(schema, root);
  if (within.includes(target) || making.left-- <= 0) return undefined;
  const stated = [...statedExamples(schema, root), schema.default, target.default, target.const].find(
    (value) => value !== undefined,
  );
  if (stated !== undefined) return stated;
  if (Array.isArray(target.enum)) return target.enum[0];
  const inner = (part: unknown) => {
    if (typeof part === "boolean") return part ? null : undefined;
    return sample(part as JsonSchema, making, [...within, target]);
  };
  return isComposed(target) ? composed(target, inner) : plain(target, inner);
}

type Inner = (part: unknown) => unknown;

function isComposed({ allOf, anyOf, oneOf }: JsonSchema): boolean {
  return allOf !== undefined || anyOf !== undefined || oneOf !== undefined;
}

function composed({ allOf = [], anyOf, oneOf, ...own }: JsonSchema, inner: Inner): unknown {
  const alternatives = [anyOf, oneOf].filter((list) => list !== undefined) as JsonSchema[][];
  const parts = [
    ...(own.properties === undefined ? [] : [plain(own, inner)]),
    ...(allOf as JsonSchema[]).map(inner),
    ...alternatives.map((list) => firstOf(list, inner)),
  ];
  if (parts.includes(undefined)) return undefined;
  const areObjects = parts.every((part) => typeof part === "object" && part !== null && !Array.isArray(part));
  return areObjects ? Object.assign({}, ...parts) : parts[0];
}

/** Null is an example of nothing, as long as there is something else. */
function firstOf(alternatives: readonly JsonSchema[], inner: Inner): unknown {
  const samples = alternatives.map(inner).filter((value) => value !== undefined);
  return samples.find((value) => value !== null) ?? samples[0];
}

function plain(schema: JsonSchema, inner: Inner): unknown {
  switch (typeOf(schema)) {
    case "object":
      return sampleObject(schema, inner);
    case "array":
      return sampleArray(schema, inner);
    case "string":
      return sampleString(schema);
    case "integer":
    case "number":
      return sampleNumber(schema);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function typeOf({ items, prefixItems, properties, type }: JsonSchema): unknown {
  const types = [type ?? []].flat();
  if (types.length > 0) return types.find((name) => name !== "null") ?? "null";
  if (properties !== undefined) return "object";
  return items !== undefined || prefixItems !== undefined ? "array" : undefined;
}

function sampleObject(schema: JsonSchema, inner: Inner): unknown {
  const { additionalProperties = true, minProperties = 0, properties = {}, required = [] } = schema;
  const schemas = properties as Readonly<Record<string, JsonSchema>>;
  const names = new Set([...Object.keys(schemas), ...(required as readonly string[])]);
  const fields = [...names].map((name) => [name, inner(schemas[name] ?? additionalProperties)] as const);
  const known = fields.filter(([, value]) => value !== undefined);
  const missing = (required as readonly string[]).some((name) => !known.some(([key]) => key === name));
  return missing || known.length < (minProperties as number) ? undefined : Object.fromEntries(known);
}

function sampleArray(schema: JsonSchema, inner: Inner): unknown {
  const { items = true, minItems = 0, prefixItems = [], uniqueItems = false } = schema;
  const tuple = (prefixItems as readonly unknown[]).map(inner);
  if (tuple.length > 0) return tuple.includes(undefined) ? undefined : tuple;
  const item = inner(items);
  if (item === undefined) return minItems === 0 ? [] : undefined;
  if (uniqueItems && (minItems as number) > 1) return undefined;
  return Array.from({ length: Math.max(1, minItems as number) }, () => item);
}
