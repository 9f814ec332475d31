import { type EntityProperty, isRaw, type Platform } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import type { Properties } from "./row.ts";

/** What a row has where nobody says otherwise; undefined where the model does not know it. */
export function defaultOf({ default: value, customType }: EntityProperty, platform: Platform): unknown {
  if (value === undefined || value === null || isRaw(value)) return undefined;
  // A bigint may be written as a number, and JSON is written as text.
  return customType === undefined ? value : customType.convertToJSValue(value, platform, { force: true });
}

/**
 * MikroORM writes defaults into the table's definition, and no quotes around what is in them.
 *
 * @throws {ConfigurationError} naming a default that would not be what it says there.
 */
export function refuseUnwritableDefaults(table: string, properties: Properties): void {
  for (const [name, property] of Object.entries(properties)) {
    if (isWritable(property?.["~options"]?.default)) continue;
    throw new ConfigurationError(
      `defineModel: the default of "${name}" of "${table}" cannot be a part of the table's definition, which takes neither ' nor dates nor objects; fill it in with .onCreate(() => …)`,
    );
  }
}

function isWritable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("'");
  if (Array.isArray(value)) return value.every(isWritable);
  return typeof value !== "object" || value === null || isRaw(value);
}
