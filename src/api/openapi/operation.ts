import type { JsonSchema } from "../../core/json-schema.ts";
import { propertiesOf, requiredOf, withoutFields, withoutProperties } from "../../core/schema-properties.ts";
import { hasBody } from "../endpoint.ts";
import type { MountedEndpoint } from "../endpoints.ts";
import { type Components, type SchemaSource, schemaSource } from "./components.ts";
import { examplesOf, statedExamples } from "./example.ts";
import { mediaType } from "./media-type.ts";
import { classNameOf } from "./names.ts";

/** What an endpoint takes: its parameters and its body. */
export function requestOf(
  endpoint: MountedEndpoint,
  pathNames: ReadonlyMap<string, string>,
  components: Components,
): JsonSchema {
  const { contract, input, places } = endpoint;
  const source = schemaSource(input ?? {}, `${classNameOf(contract.name)}Input`, "input");
  const examples = input === undefined ? [] : examplesOf(source.root, source.root);
  const parameters = parametersOf(endpoint, source, examples[0], pathNames, components);
  const elsewhere = [...places].filter(([, place]) => place.in !== "body").map(([field]) => field);
  const requestBody = bodyOf(endpoint, source, examples, new Set(elsewhere), components);
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
  };
}

function parametersOf(
  { places }: MountedEndpoint,
  source: SchemaSource,
  example: unknown,
  pathNames: ReadonlyMap<string, string>,
  components: Components,
): JsonSchema[] {
  const { root } = source;
  const fields = propertiesOf(root);
  const required = requiredOf(root);
  return [...places].flatMap(([field, place]) => {
    if (place.in === "body") return [];
    const schema = fields.get(field) ?? { type: "string" };
    const isRequired = place.in === "path" || required.has(field);
    // Who tries an operation gets what it cannot do without, and no filter that nobody asked for.
    const [first] = isRequired ? [fieldOf(example, field), ...examplesOf(schema, root)].filter(isGiven) : [];
    const shown = first ?? statedExamples(schema, root)[0];
    return {
      name: place.in === "header" ? place.name : place.in === "path" ? pathNames.get(field) : field,
      in: place.in,
      required: isRequired,
      ...(typeof schema.description === "string" && { description: schema.description }),
      ...(schema.deprecated === true && { deprecated: true }),
      schema: components.inline(schema, source),
      ...(isGiven(shown) && { example: shown }),
    };
  });
}

/** The body, which is the input without the fields that come from elsewhere. */
function bodyOf(
  { contract, method, places }: MountedEndpoint,
  source: SchemaSource,
  examples: readonly unknown[],
  elsewhere: ReadonlySet<string>,
  components: Components,
): JsonSchema | undefined {
  const isElsewhere = places.size > 0 && elsewhere.size === places.size;
  if (contract.input === undefined || !hasBody(method) || isElsewhere) return undefined;
  const schema = withoutProperties(source.root, elsewhere);
  const rest = examples.map((example) => withoutFields(example, elsewhere));
  return {
    required: propertiesOf(schema, source.root).size === 0 || requiredOf(schema, source.root).size > 0,
    content: { "application/json": mediaType(components.named(schema, source), rest) },
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

function fieldOf(example: unknown, field: string): unknown {
  return typeof example === "object" && example !== null
    ? (example as Record<string, unknown>)[field]
    : undefined;
}
