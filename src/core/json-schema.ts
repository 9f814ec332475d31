import type { StandardSchema } from "./standard-schema.ts";

/** A JSON Schema document, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The keyword by which a schema says that it stands for a value that JSON has no type for. */
export const TRAVELS = "x-tsmodules";

/** How values that JSON has no type for travel all the same; `nothing` marks those that cannot. */
const TRAVELLERS = {
  date: { type: "string", format: "date-time", [TRAVELS]: "date" },
  bigint: { type: "string", pattern: "^-?\\d+$", [TRAVELS]: "bigint" },
  binary: { type: "string", contentEncoding: "base64", [TRAVELS]: "binary" },
  nothing: { [TRAVELS]: "nothing" },
} as const;

/**
 * The JSON Schema of one side of `schema`, or undefined where its library offers none (Standard JSON Schema is
 * optional) or cannot express this one. Dates, bigints and bytes are said in `TRAVELS`, whichever library it is.
 */
export function jsonSchemaOf(
  schema: StandardSchema<unknown>,
  side: "input" | "output",
): JsonSchema | undefined {
  const converter = schema["~standard"].jsonSchema;
  if (converter === undefined) return undefined;
  try {
    return converter[side]({ target: "draft-2020-12", libraryOptions: LIBRARY_OPTIONS });
  } catch {
    return undefined;
  }
}

/**
 * Each library's own way of saying what it cannot convert; options that are another library's mean nothing to it.
 * The Standard Schema interface leaves this open.
 */
const LIBRARY_OPTIONS = {
  // zod: everything that it cannot say becomes "anything" instead of an error, then is said by us.
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }: { zodSchema: ZodSchema; jsonSchema: Record<string, unknown> }): void {
    const { def, bag } = zodSchema._zod;
    Object.assign(jsonSchema, travellerOf(def.type, bag?.Class));
  },
  // arktype
  fallback: {
    default: ({ base, code, domain, proto }: ArktypeContext): JsonSchema => ({
      ...base,
      ...travellerOf(code === "date" ? "date" : (domain ?? "custom"), proto),
    }),
  },
  // valibot
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema }: { valibotSchema: ValibotSchema }): JsonSchema | undefined =>
    travellerOf(valibotSchema.type === "instance" ? "custom" : valibotSchema.type, valibotSchema.class),
};

interface ZodSchema {
  readonly _zod: { readonly def: { readonly type: string }; readonly bag?: { readonly Class?: unknown } };
}

interface ArktypeContext {
  readonly code: string;
  readonly base: JsonSchema;
  readonly domain?: string;
  readonly proto?: unknown;
}

interface ValibotSchema {
  readonly type: string;
  readonly class?: unknown;
}

/** @param instance - The class of what a schema takes, where it is one of a class. */
function travellerOf(type: string, instance: unknown): JsonSchema | undefined {
  switch (type) {
    case "date":
      return TRAVELLERS.date;
    case "bigint":
      return TRAVELLERS.bigint;
    case "map":
    case "set":
    case "symbol":
    case "function":
    case "promise":
    case "file":
    case "blob":
      return TRAVELLERS.nothing;
    case "custom":
      return typeof instance === "function" ? travellerOfClass(instance) : undefined;
    default:
      return undefined;
  }
}

function travellerOfClass(instance: { readonly prototype?: unknown }): JsonSchema {
  if (instance === Date) return TRAVELLERS.date;
  const isBinary = instance === Uint8Array || instance.prototype instanceof Uint8Array;
  return isBinary ? TRAVELLERS.binary : TRAVELLERS.nothing;
}
