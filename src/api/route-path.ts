import type { Check } from "../core/check-options.ts";

const PARAMETER = /\{([^{}]*)\}/g;

/** The names in braces. */
export function parametersOf(path: string): string[] {
  return Array.from(path.matchAll(PARAMETER), ([, name = ""]) => name);
}

/** The path as Fastify's router reads it, where a colon begins a parameter and two are a colon. */
export function routerPattern(path: string): string {
  return path.replaceAll(":", "::").replace(PARAMETER, ":$1");
}

/** A path that the router can serve and clients can ask for. */
export const aPath: Check = (value) => {
  if (typeof value !== "string" || !value.startsWith("/")) return 'a path that begins with "/"';
  const parameters = parametersOf(value);
  if (/[{}]/.test(value.replace(PARAMETER, ""))) return "a path whose braces are balanced";
  if (!parameters.every((name) => /^[\p{L}\p{N}_$]+$/u.test(name))) {
    return "a path whose parameters are named by letters, digits, _ and $ alone";
  }
  if (new Set(parameters).size < parameters.length) return "a path that names each parameter once";
  if (/\}[^/.-]/.test(value)) return 'a path whose parameters end at "/", "-", "." or its end';
  if (/[*?#\\\s\p{Cc}]/u.test(value)) return "a path without wildcards, query, fragment and white space";
  if (value.includes("%")) return "a path that is not percent-encoded: its characters stand as they are";
  if (/\/(\.{0,2})\//.test(value) || /\/\.{1,2}$/.test(value))
    return "a path without empty, . and .. segments";
  return undefined;
};

/** What may stand in front of paths. */
export const aPrefix: Check = (value) =>
  value === "" || (aPath(value) === undefined && !/[{}]|\/$/.test(value as string))
    ? undefined
    : "a path that begins with a slash, ends without one and has no parameters";

/** What matches the paths of a route. */
export function patternOf(route: string): RegExp {
  const [first = "", ...others] = route.split(/\{[^}]+\}/);
  const rest = others.map((part, index) => {
    // Between two parameters of one segment the first ends where it can: else a path could be split in too many ways.
    const divides = index < others.length - 1 && !part.includes("/");
    return `[^/${divides ? escaped(part.charAt(0)) : ""}]+${escaped(part)}`;
  });
  return new RegExp(`^${escaped(first)}${rest.join("")}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}
