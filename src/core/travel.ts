import { type JsonSchema, TRAVELS } from "./json-schema.ts";
import { alternativesOf, resolve } from "./schema-properties.ts";

/** Turns what came as JSON into the values that a schema is about; changes objects and arrays in place. */
export type Revive = (value: unknown) => unknown;

/**
 * What JSON has no type for comes as text: ISO 8601 dates, decimal bigints, base64. Text that is none of it stays text,
 * for the schema to refuse. Undefined where a schema has nothing to revive.
 */
export function reviverOf(schema: JsonSchema | undefined): Revive | undefined {
  if (schema === undefined || !mentionsTravellers(schema)) return undefined;
  return new Revivers(schema).of(schema);
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

function mentionsTravellers(schema: JsonSchema): boolean {
  return Object.entries(schema).some(
    ([key, value]) =>
      key === TRAVELS ||
      (typeof value === "object" && value !== null && mentionsTravellers(value as JsonSchema)),
  );
}

/** The revivers of one document's schemas; kept, because schemas may refer to themselves. */
class Revivers {
  readonly #root: JsonSchema;
  readonly #known = new Map<JsonSchema, Revive>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  of(schema: JsonSchema): Revive {
    const resolved = resolve(schema, this.#root);
    const known = this.#known.get(resolved);
    if (known !== undefined) return known;
    let made: Revive | undefined;
    const revive: Revive = (value) => {
      made ??= this.#make(resolved);
      return made(value);
    };
    this.#known.set(resolved, revive);
    return revive;
  }

  #make(schema: JsonSchema): Revive {
    const traveller = schema[TRAVELS] as string | undefined;
    if (traveller !== undefined) return (value) => REVIVERS[traveller]?.(value) ?? value;
    const parts = [this.#objects(schema), this.#arrays(schema), ...this.#compositions(schema)];
    const revivers = parts.filter((part) => part !== undefined);
    return (value) => revivers.reduce((revived, revive) => revive(revived), value);
  }

  #objects({ properties = {}, additionalProperties }: JsonSchema): Revive | undefined {
    const own = Object.entries(properties as Record<string, JsonSchema>)
      .filter(([, property]) => this.#matters(property))
      .map(([key, property]) => [key, this.of(property)] as const);
    const rest = this.#matters(additionalProperties)
      ? this.of(additionalProperties as JsonSchema)
      : undefined;
    if (own.length === 0 && rest === undefined) return undefined;
    return (value) => {
      if (!isObject(value) || Array.isArray(value)) return value;
      for (const [key, revive] of own) if (Object.hasOwn(value, key)) value[key] = revive(value[key]);
      if (rest === undefined) return value;
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(properties as object, key)) value[key] = rest(value[key]);
      }
      return value;
    };
  }

  #arrays({ items, prefixItems = [] }: JsonSchema): Revive | undefined {
    const rest = this.#matters(items) ? this.of(items as JsonSchema) : undefined;
    const first = (prefixItems as JsonSchema[]).map((item) =>
      this.#matters(item) ? this.of(item) : undefined,
    );
    if (rest === undefined && first.every((item) => item === undefined)) return undefined;
    return (value) => {
      if (!Array.isArray(value)) return value;
      value.forEach((item, index) => {
        const revive = index < first.length ? first[index] : rest;
        if (revive !== undefined) value[index] = revive(item);
      });
      return value;
    };
  }

  #compositions(schema: JsonSchema): Revive[] {
    const { allOf = [], anyOf = [], oneOf = [] } = schema;
    const choices = [anyOf, oneOf].filter((list) => (list as JsonSchema[]).some((one) => this.#matters(one)));
    const all = (allOf as JsonSchema[]).filter((one) => this.#matters(one)).map((one) => this.of(one));
    return [...all, ...choices.map((list) => this.#choice(list as JsonSchema[]))];
  }

  /** Revives as the alternative that the value looks like says. Text that an alternative takes as text stays text. */
  #choice(alternatives: readonly JsonSchema[]): Revive {
    const candidates = alternatives.map((one) => ({
      schema: resolve(one, this.#root),
      revive: this.of(one),
    }));
    const takesText = candidates.some(
      ({ schema }) => schema.type === "string" && schema[TRAVELS] === undefined,
    );
    return (value) => {
      if (typeof value !== "object") {
        if (typeof value === "string" && takesText) return value;
        for (const { revive } of candidates) {
          const revived = revive(value);
          if (revived !== value) return revived;
        }
        return value;
      }
      const fitting = candidates.find(({ schema }) => this.#looksLike(schema, value));
      return fitting === undefined ? value : fitting.revive(value);
    };
  }

  /** Whether an object or an array may be one of this schema: its kind, its required fields, its discriminators. */
  #looksLike(schema: JsonSchema, value: unknown): boolean {
    const nested = alternativesOf(schema);
    if (nested.length > 0 && schema.properties === undefined) {
      return nested.some((one) => this.#looksLike(resolve(one, this.#root), value));
    }
    if (Array.isArray(value)) return schema.type === "array";
    if (!isObject(value) || schema.type !== "object") return false;
    const { properties = {}, required = [] } = schema;
    return (
      (required as string[]).every((key) => Object.hasOwn(value, key)) &&
      Object.entries(properties as Record<string, JsonSchema>).every(([key, property]) =>
        isOneOf(value[key], property),
      )
    );
  }

  /** Whether there is anything to revive in what `schema` leads to. */
  #matters(schema: unknown, seen = new Set<unknown>()): boolean {
    if (Array.isArray(schema)) return schema.some((item) => this.#matters(item, seen));
    if (!isObject(schema)) return false;
    const resolved = resolve(schema, this.#root);
    if (seen.has(resolved)) return false;
    seen.add(resolved);
    if (resolved[TRAVELS] !== undefined) return true;
    return Object.values(resolved).some((value) => this.#matters(value, seen));
  }
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
