import { type JsonSchema, TRAVELS } from "./json-schema.ts";
import { alternativesOf, resolve } from "./schema-properties.ts";

/** Turns what came as JSON into the values that a schema is about; changes objects and arrays in place. */
export type Revive = (value: unknown) => unknown;

/**
 * What JSON has no type for comes as text: ISO 8601 dates, decimal bigints, base64. Text that is none of it stays text,
 * for the schema to refuse. Undefined where a schema has nothing to revive.
 */
export function reviverOf(root: JsonSchema | undefined): Revive | undefined {
  if (root === undefined || !mentions(root, [TRAVELS])) return undefined;
  return (value) => revived(value, root, root);
}

/** The field of a schema that cannot travel as JSON, as a path; undefined if all can. */
export function untravelable(schema: JsonSchema, path: readonly string[] = []): string | undefined {
  if (schema[TRAVELS] === "nothing") return path.join(".") || "the whole";
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== "object" || value === null) continue;
    const parts = key === "properties" ? Object.entries(value) : [[undefined, value] as const];
    for (const [name, part] of parts) {
      const found = untravelable(part as JsonSchema, name === undefined ? path : [...path, name]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The value as JSON, as `reviverOf` takes it; undefined for undefined, as JSON has it. */
export function travelText(value: unknown): string | undefined {
  return JSON.stringify(value, asTraveller);
}

function asTraveller(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  // Not `value`: a Buffer's own toJSON has been at it.
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Uint8Array ? base64Of(original) : value;
}

/** Whether one of these keywords is anywhere in a schema. */
function mentions(schema: object, keywords: readonly string[]): boolean {
  return Object.entries(schema).some(
    ([key, value]) => keywords.includes(key) || (isObject(value) && mentions(value, keywords)),
  );
}

const MATTERING = new WeakMap<object, boolean>();

/** Whether a part of a schema may lead to something to revive; else values are not even looked at. */
function matters(part: unknown): part is JsonSchema {
  if (!isObject(part)) return false;
  const known = MATTERING.get(part) ?? mentions(part, [TRAVELS, "$ref"]);
  MATTERING.set(part, known);
  return known;
}

function revived(value: unknown, part: JsonSchema, root: JsonSchema): unknown {
  const schema = resolve(part, root);
  const traveller = schema[TRAVELS] as string | undefined;
  if (traveller !== undefined) return REVIVERS[traveller]?.(value) ?? value;
  if (isObject(value)) reviveParts(value, schema, root);
  const { allOf = [], anyOf = [], oneOf = [] } = schema as Record<string, JsonSchema[]>;
  const all = allOf.reduce((whole, one) => (matters(one) ? revived(whole, one, root) : whole), value);
  return [anyOf, oneOf].reduce(
    (whole, choices) => (matters(choices) ? revivedAsOneOf(whole, choices, root) : whole),
    all,
  );
}

/** Revives the fields of an object, the items of an array. */
function reviveParts(value: Record<string, unknown>, schema: JsonSchema, root: JsonSchema): void {
  const isArray = Array.isArray(value);
  const own = ((isArray ? schema.prefixItems : schema.properties) ?? {}) as Record<string, unknown>;
  const rest = isArray ? schema.items : schema.additionalProperties;
  for (const key of Object.keys(matters(rest) ? value : own)) {
    const part = Object.hasOwn(own, key) ? own[key] : rest;
    if (matters(part) && Object.hasOwn(value, key)) value[key] = revived(value[key], part, root);
  }
}

/** Revives as the alternative that the value looks like says. Text that an alternative takes as text stays text. */
function revivedAsOneOf(value: unknown, choices: readonly JsonSchema[], root: JsonSchema): unknown {
  const alternatives = choices.map((one) => resolve(one, root));
  if (typeof value === "object") {
    const fitting = alternatives.find((one) => looksLike(value, one, root));
    return fitting === undefined ? value : revived(value, fitting, root);
  }
  const takesText = ({ type, [TRAVELS]: traveller }: JsonSchema) =>
    type === "string" && traveller === undefined;
  if (typeof value === "string" && alternatives.some(takesText)) return value;
  for (const one of alternatives) {
    const other = revived(value, one, root);
    if (other !== value) return other;
  }
  return value;
}

/** Whether an object or an array may be one of this schema: its kind, its required fields, its discriminators. */
function looksLike(value: unknown, schema: JsonSchema, root: JsonSchema): boolean {
  const { type, properties, required = [] } = schema;
  const nested = alternativesOf(schema);
  if (nested.length > 0 && properties === undefined) {
    return nested.some((one) => looksLike(value, resolve(one, root), root));
  }
  if (Array.isArray(value)) return type === "array";
  return (
    isObject(value) &&
    type === "object" &&
    (required as string[]).every((key) => Object.hasOwn(value, key)) &&
    Object.entries((properties ?? {}) as Record<string, JsonSchema>).every(([key, property]) =>
      isOneOf(value[key], property),
    )
  );
}

function isOneOf(value: unknown, { const: only, enum: several }: JsonSchema): boolean {
  if (only !== undefined) return value === only;
  return several === undefined || value === undefined || (several as unknown[]).includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Each gives undefined for what it does not understand. */
const REVIVERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  date(value) {
    if (typeof value !== "string" || !ISO_DATE.test(value)) return undefined;
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  bigint(value) {
    const isWhole = Number.isSafeInteger(value) || (typeof value === "string" && BIG_INTEGER.test(value));
    return isWhole ? BigInt(value as string | number) : undefined;
  },
  binary(value) {
    return typeof value === "string" && BASE64.test(value) ? bytesOf(value) : undefined;
  },
};

/** A day, or a moment with its offset: one without would mean another moment on another machine. */
const ISO_DATE = /^(\d{4}|[+-]\d{6})-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
/** Reading digits takes time that grows with their square, so that there is an end to them. */
const BIG_INTEGER = /^-?\d{1,1000}$/;
const BASE64 = /^[A-Za-z\d+/]*={0,2}$/;

function bytesOf(base64: string): Uint8Array | undefined {
  if (base64.length % 4 !== 0) return undefined;
  if (globalThis.Buffer !== undefined) return Buffer.from(base64, "base64");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64Of(bytes: Uint8Array): string {
  if (globalThis.Buffer !== undefined) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
