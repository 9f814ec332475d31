import type { JsonSchema } from "../../core/json-schema.ts";
import type { Problem } from "../../core/problem.ts";

/** A reference to the component that `PROBLEM_SCHEMA` is. */
export const PROBLEM: JsonSchema = { $ref: "#/components/schemas/Problem" };

const properties = {
  type: { type: "string", examples: ["about:blank"] },
  title: { type: "string", description: "What the status means" },
  status: { type: "integer" },
  detail: { type: "string", description: "What happened, for people" },
  code: { type: "string", description: "What happened, for programs" },
  correlationId: { type: "string", description: "Names this request in logs and traces" },
  errors: {
    type: "array",
    description: "What is wrong with the input",
    items: {
      type: "object",
      required: ["pointer", "message"],
      properties: {
        pointer: { type: "string", description: "Where, as a JSON Pointer (RFC 6901)" },
        message: { type: "string" },
      },
    },
  },
  data: { description: "What a declared error carries" },
  resource: { type: "string", description: "What was not found" },
  id: { type: "string", description: "Which one was not found" },
  timeoutMs: { type: "number", description: "The time limit that passed, in ms" },
  retryAfterMs: { type: "number", description: "When the request may come again, in ms from now" },
} satisfies Record<keyof Problem | "correlationId", JsonSchema>;

export const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  description: "Problem details (RFC 9457)",
  required: ["type", "title", "status", "detail", "code"],
  properties,
};
