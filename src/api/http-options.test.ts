import { defineEvent, type HttpOptions } from "tsmodules";
import { ModuleRouter } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const serve = (http: unknown) =>
  new ModuleRouter(createTestHost()).registerEvent(
    defineEvent("user.update", {
      input: z.object({ id: z.string(), name: z.string() }),
      errors: { NAME_TAKEN: z.object({}) },
      http: http as HttpOptions,
    }),
  );

describe("what an event says of http", () => {
  it("may say everything at once", () => {
    const http: HttpOptions = {
      ...{ method: "PATCH", path: "/people/{id}", tags: ["People"], summary: "Rename", deprecated: true },
      ...{ public: true, errorStatus: { NAME_TAKEN: 409 }, headers: { name: "X-Name" } },
    };

    expect(() => serve(http)).not.toThrow();
  });

  it.each<[unknown, string]>([
    ["POST", 'http of "user.update" must be true, false or an object of options, not "POST"'],
    [null, 'http of "user.update" must be true, false or an object of options, not null'],
    [
      { verb: "GET" },
      'http of "user.update": unknown option verb; there are method, path, tags, summary, deprecated, public, errorStatus, query, headers',
    ],
    [
      { method: "FETCH" },
      'http of "user.update": method must be one of GET, POST, PUT, PATCH, DELETE, not "FETCH"',
    ],
    [{ tags: "Users" }, 'http of "user.update": tags must be a list of texts, not "Users"'],
    [{ summary: 7 }, 'http of "user.update": summary must be a non-empty string, not 7'],
    [{ deprecated: "yes" }, 'http of "user.update": deprecated must be true or false, not "yes"'],
    [{ public: 1 }, 'http of "user.update": public must be true or false, not 1'],
    [{ errorStatus: 409 }, 'http of "user.update": errorStatus must be an object, not 409'],
    [
      { errorStatus: { TOO_RUDE: 409 } },
      'http of "user.update": errorStatus has TOO_RUDE, which its contract does not declare',
    ],
    [
      { errorStatus: { NAME_TAKEN: 200 } },
      'http of "user.update", errorStatus: NAME_TAKEN must be a status from 400 to 599, not 200',
    ],
    [{ query: "name" }, 'http of "user.update": query must be a list of input fields, not "name"'],
    [{ query: ["page"] }, '"user.update" has no input field "page", which http.query names'],
    [{ headers: "X-Name" }, 'http of "user.update": headers must be an object, not "X-Name"'],
    [
      { headers: { name: "my name" } },
      'http of "user.update", headers: name must be the name of a header, not "my name"',
    ],
    [{ headers: { page: "X-Page" } }, '"user.update" has no input field "page", which http.headers names'],
    [
      { path: "/people/{page}" },
      '"user.update" has no input field "page", which the path /people/{page} names',
    ],
    [
      { query: ["name"], headers: { name: "X-Name" } },
      '"user.update" has one place for "name", but http.query and http.headers name it',
    ],
    [
      { path: "/people/{id}", query: ["id"] },
      '"user.update" has one place for "id", but the path /people/{id} and http.query name it',
    ],
  ])("is refused where it is wrong: %j", (http, message) => {
    expect(() => serve(http)).toThrow(expect.objectContaining({ name: "ConfigurationError", message }));
  });

  it("is refused with everything that is wrong", () => {
    expect(() => serve({ method: "FETCH", summary: 7 })).toThrow("2 problems:");
  });
});
