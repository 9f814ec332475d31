import type { FastifyInstance, FastifyReply } from "fastify";
import { endpointsOf } from "./endpoints.ts";
import { type Problem, problem, problemOf } from "./problem.ts";

/**
 * Answers every error with problem details: invalid input 422, malformed JSON 400, unknown routes 404, known ones by
 * another method 405, declared errors by their status, and what is not known a 500 that says nothing of the inside.
 *
 * @see RFC 9457, Problem Details for HTTP APIs.
 */
export function registerErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = problemOf(error);
    if (answer.status >= 500) request.log.error({ err: error }, "the request failed");
    return send(reply, answer);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const allowed = methodsOf(app, path);
    if (allowed.length === 0)
      return send(reply, problem(404, "ROUTE_NOT_FOUND", `there is nothing at ${path}`));
    reply.header("allow", allowed.join(", "));
    return send(reply, problem(405, undefined, `${path} takes ${allowed.join(", ")}, not ${request.method}`));
  });
}

function send(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply.code(answer.status).type("application/problem+json").send(JSON.stringify(answer));
}

/** What the endpoints at `path` take. */
function methodsOf(app: FastifyInstance, path: string): string[] {
  const methods = endpointsOf(app)
    .filter(({ route }) => patternOf(route).test(path))
    .map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

function patternOf(route: string): RegExp {
  const parts = route.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}
