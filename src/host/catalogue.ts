import type { Contract } from "../core/contract.ts";
import { type JsonSchema, jsonSchemaOf } from "../core/json-schema.ts";
import type { Registry } from "./registry.ts";

/** What a host knows of an event that its modules handle or subscribe to by class. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of what callers give; undefined where the schema library offers none. */
  readonly input: JsonSchema | undefined;
  /** JSON Schema of what callers get. */
  readonly output: JsonSchema | undefined;
  /** The first module that is asked to handle it. */
  readonly module: string | undefined;
  /** The modules that get it when it is published. */
  readonly subscribers: readonly string[];
  readonly permissions: readonly string[];
}

export function catalogueOf(registry: Registry): CatalogueEntry[] {
  return registry.contracts().map((contract) => entryOf(contract, registry));
}

function entryOf(contract: Contract, registry: Registry): CatalogueEntry {
  const { name, description, input, output, permissions } = contract;
  return {
    name,
    description,
    input: input && jsonSchemaOf(input, "input"),
    output: output && jsonSchemaOf(output, "output"),
    module: registry.handlersOf(contract).find((binding) => binding.contract === contract)?.module.metadata
      .name,
    subscribers: registry.subscribersOf(contract).map((binding) => binding.module.metadata.name),
    permissions,
  };
}
