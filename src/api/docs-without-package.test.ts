import Fastify from "fastify";
import { addDocs } from "tsmodules/api";
import { expect, it, vi } from "vitest";

vi.mock("../core/optional-package.ts", () => ({ optionalPackage: () => undefined }));

it("documentation without its package says what to install", async () => {
  const app = Fastify();
  addDocs(app, { title: "People", version: "1.0.0" });

  await expect(app.ready()).rejects.toMatchObject({
    name: "ConfigurationError",
    message: "addDocs needs the package @fastify/swagger-ui: npm install @fastify/swagger-ui",
  });
});
