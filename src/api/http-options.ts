import {
  boolean,
  type Check,
  type Checks,
  checkOptions,
  oneOf,
  problemsOf,
  text,
} from "../core/check-options.ts";
import type { Contract, HttpOptions } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import { aPath } from "./route-path.ts";

const anObject: Check = (value) => (typeof value === "object" && value !== null ? undefined : "an object");

const listOf = (what: string): Check => {
  return (value) =>
    Array.isArray(value) && value.every((item) => text(item) === undefined) ? undefined : `a list of ${what}`;
};

const anErrorStatus: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599
    ? undefined
    : "a status from 400 to 599";

/** A token of RFC 9110, section 5.1. */
const aHeaderName: Check = (value) =>
  typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? undefined : "the name of a header";

const METHOD = oneOf(["GET", "POST", "PUT", "PATCH", "DELETE"]);

const CHECKS: Checks<HttpOptions> = {
  method: METHOD,
  path: aPath,
  tags: listOf("texts"),
  summary: text,
  deprecated: boolean,
  public: boolean,
  errorStatus: anObject,
  query: listOf("input fields"),
  headers: anObject,
};

/** Checks of what a convention gives. */
export const ROUTE_CHECKS: Readonly<Record<string, Check>> = {
  method: METHOD,
  path: aPath,
  creates: boolean,
  tags: CHECKS.tags,
  summary: text,
};

/**
 * Checks all of an event's options that can be checked without its route.
 *
 * @throws {ConfigurationError} naming the event, each option that is unknown or wrong, what came and what was expected.
 */
export function checkHttpOptions({ name, errors }: Contract, http: HttpOptions): void {
  const owner = `http of "${name}"`;
  checkOptions(http, CHECKS, owner);
  const { errorStatus = {}, headers = {} } = http;
  const undeclared = Object.keys(errorStatus).filter((code) => !Object.hasOwn(errors, code));
  const problems = [
    ...undeclared.map((code) => `${owner}: errorStatus has ${code}, which its contract does not declare`),
    ...problemsOf(errorStatus, forEachKey(errorStatus, anErrorStatus), `${owner}, errorStatus`),
    ...problemsOf(headers, forEachKey(headers, aHeaderName), `${owner}, headers`),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function forEachKey(options: object, check: Check): Record<string, Check> {
  return Object.fromEntries(Object.keys(options).map((key) => [key, check]));
}
