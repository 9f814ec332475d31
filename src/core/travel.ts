import { type JsonSchema, TRAVELS } from "./json-schema.ts";
import { alternativesOf, resolve } from "./schema-properties.ts";

/**
 * Turns what came as JSON into the values that a schema is about; changes objects and arrays in place, and only where there
 * is something to revive.
 */
export type Revive = (value: unknown) => unknown;

/**
 * What JSON has no type for comes as text: ISO 8601 dates, decimal bigints, base64. Text that is none of it stays text,
 * for the schema to refuse. Undefined where a schema has nothing to revive.
 */
export function reviverOf(root: JsonSchema | undefined): Revive | undefined {
  if (root === undefined || !mentions(root, TRAVELS)) return undefined;
  return reviverOfPart(root, root, new Map());
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

/** What stands for a value in JSON, as a replacer of `JSON.stringify`. */
export function asTraveller(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  // Not `value`: a Buffer's own toJSON has been at it.
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Uint8Array ? base64Of(original) : value;
}

/** Whether a keyword is anywhere in a schema, or seems to be: then there is a look too many at values, and no harm. */
function mentions(schema: object, keyword: string): boolean {
  return travelText(schema)?.includes(`"${keyword}":`) === true;
}

/** @param known - The revivers of the document's schemas, which may refer to themselves. */
function reviverOfPart(part: JsonSchema, root: JsonSchema, known: Map<JsonSchema, Revive>): Revive {
  const schema = resolve(part, root);
  const made = known.get(schema);
  if (made !== undefined) return made;
  const steps: Revive[] = [];
  const revive: Revive = (value) => {
    let revived = value;
    for (const step of steps) revived = step(revived);
    return revived;
  };
  known.set(schema, revive);

  const within: Within = (inner) =>
    isObject(inner) && (mentions(inner, TRAVELS) || mentions(inner, "$ref"))
      ? reviverOfPart(inner, root, known)
      : undefined;
  const add = (step: Revive | undefined) => step !== undefined && steps.push(step);
  const { properties = {}, additionalProperties, prefixItems = [], items } = schema;
  const { allOf = [], anyOf = [], oneOf = [] } = schema as Record<string, JsonSchema[]>;
  const traveller = schema[TRAVELS] as string | undefined;
  if (traveller !== undefined) add((value) => REVIVERS[traveller]?.(value) ?? value);
  add(partsReviver(properties as object, additionalProperties, within));
  add(partsReviver(prefixItems as object, items, within, true));
  allOf.map(within).forEach(add);
  for (const choices of [anyOf, oneOf]) if (choices.some(within)) add(choiceReviver(choices, root, within));
  return revive;
}

/** The reviver of a part of a schema; undefined where it has nothing to revive. */
type Within = (part: unknown) => Revive | undefined;

/** Revives the fields of objects or the items of arrays: some by their key, and the rest. */
function partsReviver(own: object, others: unknown, within: Within, ofArrays = false): Revive | undefined {
  const revivers = new Map(Object.entries(own).map(([key, part]) => [key, within(part)]));
  const rest = within(others);
  if (rest === undefined && ![...revivers.values()].some(Boolean)) return undefined;
  return (value) => {
    if (!isObject(value) || Array.isArray(value) !== ofArrays) return value;
    for (const key of rest === undefined ? revivers.keys() : Object.keys(value)) {
      const revive = revivers.has(key) ? revivers.get(key) : rest;
      if (revive !== undefined && Object.hasOwn(value, key)) {
        const revived = revive(value[key]);
        // What is alive already may be somebody's, and frozen.
        if (revived !== value[key]) value[key] = revived;
      }
    }
    return value;
  };
}

/** Revives as the alternative that the value looks like says. Text that an alternative takes as text stays text. */
function choiceReviver(choices: readonly JsonSchema[], root: JsonSchema, within: Within): Revive {
  const alternatives = choices.map((one) => [resolve(one, root), within(one)] as const);
  const takesText = alternatives.some(
    ([schema]) => schema.type === "string" && schema[TRAVELS] === undefined,
  );
  return (value) => {
    if (typeof value === "object") {
      const fitting = alternatives.find(([schema]) => looksLike(value, schema, root));
      return fitting?.[1]?.(value) ?? value;
    }
    if (typeof value === "string" && takesText) return value;
    for (const [, revive] of alternatives) {
      const revived: unknown = revive?.(value) ?? value;
      if (revived !== value) return revived;
    }
    return value;
  };
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
    const day = value.replace(/T.*/, "");
    // What is no day, as February 30, would become one of the next month.
    const isDay = new Date(day).getUTCDate() === Number(day.slice(-2));
    return isDay && !Number.isNaN(+date) ? date : undefined;
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
