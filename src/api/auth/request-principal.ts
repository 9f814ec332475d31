import type { Principal } from "../../core/event.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is asking; undefined where nobody has authenticated them. */
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** Whether the route is open to those who have not authenticated. */
    public?: boolean;
  }
}
