import type { Principal } from "../../core/event.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is asking, if `authPlugin` knows; set from `preParsing` on. */
    principal: Principal | undefined;
  }

  interface FastifyContextConfig {
    /** Reachable without a principal on an application that authenticates. */
    public?: boolean;
  }
}
