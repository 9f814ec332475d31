import { AuthenticationError, AuthorizationError } from "../../core/api-error.ts";
import { type JsonSchema, jsonSchemaOf } from "../../core/json-schema.ts";
import { hasBody } from "../endpoint.ts";
import type { MountedEndpoint } from "../endpoints.ts";
import { problem, problemOf } from "../problem.ts";
import { type Components, schemaSource } from "./components.ts";
import { examplesOf } from "./example.ts";
import { mediaType } from "./media-type.ts";
import { classNameOf, pascalCaseOf } from "./names.ts";
import { PROBLEM } from "./problem-schema.ts";
import type { Authentication } from "./security.ts";

/** The problems that any endpoint may answer with, by the names of their components. */
const STANDARD = {
  BadRequest: problemResponse("The body is not JSON", [problem(400)]),
  Unauthorized: {
    ...problemResponse("It is not known who is asking", [problemOf(new AuthenticationError())]),
    headers: { "WWW-Authenticate": { description: "How to say it", schema: { type: "string" } } },
  },
  Forbidden: problemResponse("The caller lacks a permission", [problemOf(new AuthorizationError())]),
  ContentTooLarge: problemResponse("The body is too large", [problem(413)]),
  UnsupportedMediaType: problemResponse("The body is of another media type", [problem(415)]),
  InvalidInput: problemResponse("The input is invalid", [
    {
      ...problem(422, "EVENT_VALIDATION", "the input is invalid"),
      errors: [{ pointer: "/name", message: "is too short" }],
    },
  ]),
  AnyProblem: problemResponse("Any other problem", [problem(500)]),
};

type StandardResponse = keyof typeof STANDARD;

const STATUS_OF: Readonly<Record<StandardResponse, string>> = {
  BadRequest: "400",
  Unauthorized: "401",
  Forbidden: "403",
  ContentTooLarge: "413",
  UnsupportedMediaType: "415",
  InvalidInput: "422",
  AnyProblem: "default",
};

/** The components that the answers of operations refer to. */
export function standardResponses(answers: readonly JsonSchema[]): JsonSchema {
  const used = new Set(answers.flatMap((responses) => Object.values(responses).map(refOf)));
  return Object.fromEntries(Object.entries(STANDARD).filter(([name]) => used.has(referenceTo(name))));
}

/** What an endpoint may answer, by status. */
export function responsesOf(
  endpoint: MountedEndpoint,
  components: Components,
  authentication: Authentication | undefined,
): JsonSchema {
  const declared = declaredProblems(endpoint, components);
  const standard = standardOf(endpoint, authentication).map((name) => [STATUS_OF[name], name] as const);
  const shared = standard.map(([status, name]) => [status, { $ref: referenceTo(name) }] as const);
  const own = Object.entries(declared).map(([status, { codes, examples, schemas }]) => {
    const rivals = standard.filter(([code]) => code === status).map(([, name]) => STANDARD[name].description);
    const [first = {}, ...others] = [...schemas, ...rivals.map(() => PROBLEM)];
    const schema = others.length === 0 ? first : { anyOf: [first, ...others] };
    return [status, problemResponse([...codes, ...rivals].join(", or: "), examples, schema)] as const;
  });
  return { ...successOf(endpoint, components), ...Object.fromEntries([...shared, ...own]) };
}

function successOf({ contract, output, status }: MountedEndpoint, components: Components): JsonSchema {
  if (status === 204) return { 204: { description: "Done" } };
  const source = schemaSource(output ?? {}, `${classNameOf(contract.name)}Output`, "output");
  const examples = output === undefined ? [] : examplesOf(source.root, source.root);
  const content = mediaType(components.named(source.root, source), examples);
  if (contract.stream) {
    return {
      [status]: {
        description: "A stream: each event's data, or each line, is one of these",
        content: { "text/event-stream": content, "application/x-ndjson": content },
      },
    };
  }
  return { [status]: { description: "The answer", content: { "application/json": content } } };
}

function standardOf(
  endpoint: MountedEndpoint,
  authentication: Authentication | undefined,
): StandardResponse[] {
  const { contract, method } = endpoint;
  const isPrivate = authentication !== undefined && !authentication.isPublic(endpoint);
  const takesInput = contract.input !== undefined;
  const takesBody = takesInput && hasBody(method);
  return [
    ...(takesBody ? (["BadRequest"] as const) : []),
    ...(isPrivate ? (["Unauthorized"] as const) : []),
    ...(isPrivate && contract.permissions.length > 0 ? (["Forbidden"] as const) : []),
    ...(takesBody ? (["ContentTooLarge", "UnsupportedMediaType"] as const) : []),
    ...(takesInput ? (["InvalidInput"] as const) : []),
    "AnyProblem",
  ];
}

interface Declared {
  readonly codes: string[];
  readonly examples: unknown[];
  readonly schemas: JsonSchema[];
}

/** The failures that the contract declares, by status. */
function declaredProblems(
  { contract, errorStatus }: MountedEndpoint,
  components: Components,
): Record<string, Declared> {
  const byStatus: Record<string, Declared> = {};
  for (const [code, error] of Object.entries(contract.errors)) {
    const status = errorStatus[code] ?? 422;
    const name = `${classNameOf(contract.name)}${pascalCaseOf(code)}`;
    const source = schemaSource(jsonSchemaOf(error, "output") ?? {}, `${name}Data`, "output");
    const schema = {
      allOf: [PROBLEM],
      type: "object",
      required: ["code", "data"],
      properties: {
        status: { const: status },
        code: { const: code },
        data: components.inline(source.root, source),
      },
    };
    byStatus[status] ??= { codes: [], examples: [], schemas: [] };
    byStatus[status].codes.push(code);
    for (const data of examplesOf(source.root, source.root)) {
      const detail = `"${contract.name}" failed with ${code}`;
      byStatus[status].examples.push({ ...problem(status, code, detail), data });
    }
    byStatus[status].schemas.push(
      components.named(schema, { root: {}, owner: `${name}Problem`, side: "output" }),
    );
  }
  return byStatus;
}

function problemResponse(description: string, examples: readonly unknown[], schema = PROBLEM) {
  return { description, content: { "application/problem+json": mediaType(schema, examples) } };
}

function refOf(response: unknown): unknown {
  return (response as JsonSchema).$ref;
}

function referenceTo(name: string): string {
  return `#/components/responses/${name}`;
}
