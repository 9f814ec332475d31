import type { FastifyInstance } from "fastify";
import { ConfigurationError } from "../../core/errors.ts";

/**
 * Routes that need no principal, by their patterns. Patterns are compared with the route that was found for a request,
 * never with the request's URL: whichever way a path is written, it is the route's handler that would run.
 */
export class PublicRoutes {
  readonly #routes: ReadonlySet<string>;
  /** Ends in a slash, each. */
  readonly #folders: readonly string[];

  /** @throws {ConfigurationError} naming every pattern that is none. */
  constructor(patterns: readonly string[]) {
    const problems = patterns.flatMap(problemsOfPattern);
    if (problems.length > 0) throw new ConfigurationError(problems);
    this.#routes = new Set(patterns.map(routeOf));
    this.#folders = patterns
      .filter((pattern) => pattern.endsWith("/*"))
      .map((pattern) => routeOf(pattern).slice(0, -1));
  }

  has(route: string): boolean {
    return this.#routes.has(route) || this.#folders.some((folder) => route.startsWith(folder));
  }

  /** The patterns of a single route that `app` does not have. */
  unknownTo(app: FastifyInstance): string[] {
    return [...this.#routes].filter(
      (url) => !url.endsWith("/*") && !app.supportedMethods.some((method) => app.hasRoute({ method, url })),
    );
  }
}

function problemsOfPattern(pattern: unknown): string[] {
  const problem = (expected: string) => [
    `authPlugin: excludePaths takes ${expected}, not ${JSON.stringify(pattern) ?? String(pattern)}`,
  ];
  if (typeof pattern !== "string" || !pattern.startsWith("/"))
    return problem('routes like "/users/{userId}"');
  return /\*(?!$)|[^/]\*$/.test(pattern) ? problem('a star only as the last part, as in "/docs/*"') : [];
}

/** As Fastify writes it: `/users/{userId}` is `/users/:userId`. */
function routeOf(pattern: string): string {
  return pattern.replace(/\{([^}]+)\}/g, ":$1");
}
