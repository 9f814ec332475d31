import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { anything, type Checks, checkOptions, text } from "../core/check-options.ts";
import { ConfigurationError } from "../core/errors.ts";
import { optionalPackage } from "../core/optional-package.ts";
import { authenticationOf } from "./auth/auth-plugin.ts";
import { docsPage, INIT_SCRIPT } from "./docs-page.ts";
import { endpointsOf } from "./endpoints.ts";
import { type DocumentInfo, type DocumentServer, openApiDocument } from "./openapi/document.ts";
import { type Authentication, headerSchemes, type SecurityScheme } from "./openapi/security.ts";
import { routerPattern } from "./route-path.ts";

/** The package that brings Swagger UI's files, so that the page works without a network. */
const PACKAGE = "@fastify/swagger-ui";

const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** What the documentation says beside what the contracts say. */
export interface DocsOptions extends DocumentInfo {
  /** Where the API is served, if not where the document is. */
  readonly servers?: readonly DocumentServer[];
  /**
   * How callers say who they are, by name; one of them is enough. They are described here, not checked.
   *
   * @default the schemes of `authPlugin`'s providers
   */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}

const CHECKS: Checks<DocsOptions> = {
  ...{ title: text, version: text, summary: text, description: text, termsOfService: text },
  servers: (value) => (Array.isArray(value) ? undefined : "a list of servers"),
  ...{ contact: anything, license: anything, securitySchemes: anything },
};

/**
 * Adds `/openapi.json`, which describes the endpoints of `app` in OpenAPI 3.1, and `/docs`, where people try them.
 * Needs the optional package `@fastify/swagger-ui`. The page loads nothing from elsewhere and has no inline script.
 *
 * @throws {ConfigurationError} naming each option that is unknown or wrong; from `app.ready()` if that package is missing,
 *   or `securitySchemes` is where a provider of `authPlugin` finds tokens by itself.
 */
export function addDocs(app: FastifyInstance, options: DocsOptions): void {
  checkOptions(options, CHECKS, "addDocs", ["title", "version"]);
  const { securitySchemes, servers, ...info } = options;
  let document: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    // At the first request, when every endpoint is mounted.
    document ??= JSON.stringify(
      openApiDocument(endpointsOf(app), {
        info,
        authentication: authentication(app, securitySchemes),
        ...(servers && { servers }),
      }),
    );
    return reply.type("application/json; charset=utf-8").send(document);
  });
  app.get("/docs", (request, reply) => sendPage(info.title, request, reply));
  app.addHook("onReady", async () => refuseUntold(app, securitySchemes));
  app.register(async (scope) => {
    const etag = `W/"${installedVersion()}"`;
    scope.get("/docs/*", (request, reply) => {
      const { "*": file } = request.params as { readonly "*": string };
      if (file === "") return sendPage(info.title, request, reply);
      if (file === "init.js") return reply.type("text/javascript; charset=utf-8").send(INIT_SCRIPT);
      return sendAsset(file, etag, request, reply);
    });
  });
}

/** Where a cookie or a header of its own is looked for, only the application knows. */
function refuseUntold(app: FastifyInstance, schemes: DocsOptions["securitySchemes"]): void {
  const authenticator = authenticationOf(app)?.authenticator;
  if (authenticator === undefined || authenticator.usesHeaderAlone || schemes !== undefined) return;
  throw new ConfigurationError(
    "addDocs needs securitySchemes: a provider of authPlugin has a tokenFrom of its own",
  );
}

/** How the application authenticates, or its proxy does where only the options say so. */
function authentication(
  app: FastifyInstance,
  schemes: DocsOptions["securitySchemes"],
): Authentication | undefined {
  const own = authenticationOf(app);
  if (own === undefined && schemes === undefined) return undefined;
  return {
    schemes: schemes ?? headerSchemes(own?.authenticator.schemes ?? []),
    isPublic: ({ contract, public: isPublic, route }) =>
      contract.permissions.length === 0 && (isPublic || own?.publicRoutes.has(routerPattern(route)) === true),
  };
}

function installedVersion(): string {
  const installed = optionalPackage<{ readonly version: string }>(`${PACKAGE}/package.json`);
  if (installed === undefined) {
    throw new ConfigurationError(`addDocs needs the package ${PACKAGE}: npm install ${PACKAGE}`);
  }
  return installed.version;
}

function sendPage(title: string, { url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Relative, so that the page also works where a proxy in front of it takes a prefix away.
  const folder = url.replace(/\?.*$/, "").endsWith("/") ? "./" : "docs/";
  return reply.type("text/html; charset=utf-8").send(docsPage(title, folder));
}

async function sendAsset(
  file: string,
  etag: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const type = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
  if (type === undefined) {
    reply.callNotFound();
    return reply;
  }
  reply.headers({ etag, "cache-control": "public, max-age=86400" });
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  return reply.type(type).send(await readFile(new URL(import.meta.resolve(`${PACKAGE}/static/${file}`))));
}
