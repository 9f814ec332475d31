import type { EventMeta } from "../core/event.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What of the caller's trace goes on in the events that the request becomes; undefined where nothing traces. */
    traceMeta?: EventMeta | undefined;
  }
}
