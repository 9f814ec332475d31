import type { FastifyInstance } from "fastify";
import type { Endpoint } from "./endpoint.ts";

/** An endpoint where it is mounted. */
export interface MountedEndpoint extends Endpoint {
  /** The whole route, prefixes included, with parameters in braces. */
  readonly route: string;
  /** Paths that are of this route. */
  readonly pattern: RegExp;
}

/** By server, which an application and its plugins share. */
const mounted = new WeakMap<object, MountedEndpoint[]>();

/** The endpoints of an application, as far as they are mounted by now; documentation and 405 read them. */
export function endpointsOf(app: FastifyInstance): MountedEndpoint[] {
  const endpoints = mounted.get(app.server) ?? [];
  mounted.set(app.server, endpoints);
  return endpoints;
}
