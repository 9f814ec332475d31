import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import { endpointsOf } from "./endpoints.ts";
import { type DocumentInfo, openApiDocument } from "./openapi.ts";

/** The package that brings Swagger UI's files, so that the page works without a network. */
const PACKAGE = "@fastify/swagger-ui";

const ASSETS = { "swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript" } as const;

/**
 * Adds `/openapi.json`, which describes the endpoints of `app`, and `/docs`, where people try them.
 * Needs the optional package `@fastify/swagger-ui`.
 *
 * @throws {ConfigurationError} from `app.ready()` if that package is missing.
 */
export function addDocs(app: FastifyInstance, info: DocumentInfo): void {
  let document: unknown;
  app.get("/openapi.json", () => {
    // At the first request, when every endpoint is mounted.
    document ??= openApiDocument(endpointsOf(app), info);
    return document;
  });
  app.get("/docs", (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .send(page(info.title, `${app.prefix}/docs`, `${app.prefix}/openapi.json`)),
  );
  app.register(async (scope) => {
    for (const [file, type] of Object.entries(ASSETS)) {
      const content = await asset(file);
      scope.get(`/docs/${file}`, (_request, reply) =>
        reply.type(type).header("cache-control", "public, max-age=86400").send(content),
      );
    }
  });
}

async function asset(file: string): Promise<Buffer> {
  try {
    return await readFile(new URL(import.meta.resolve(`${PACKAGE}/static/${file}`)));
  } catch (error) {
    throw new ConfigurationError(`addDocs needs the package ${PACKAGE}: npm install ${PACKAGE} (${error})`);
  }
}

function page(title: string, docs: string, document: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${docs}/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="${docs}/swagger-ui-bundle.js"></script>
    <script>
      SwaggerUIBundle({ url: "${document}", dom_id: "#docs", tryItOutEnabled: true, validatorUrl: null });
    </script>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
