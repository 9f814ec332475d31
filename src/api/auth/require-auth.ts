import type { FastifyRequest } from "fastify";
import { AuthenticationError, AuthorizationError } from "../../core/api-error.ts";
import { ConfigurationError } from "../../core/errors.ts";
import type { Principal } from "../../core/event.ts";
import { admit, authenticationOf } from "./auth-plugin.ts";

/**
 * A hook for a route by hand, `onRequest` or any later one: lets only those through who are known, also where the
 * route is public.
 *
 * @throws {AuthenticationError} which is a 401.
 * @example
 * app.get("/me", { preHandler: requireAuth }, (request) => request.principal);
 */
export async function requireAuth(request: FastifyRequest): Promise<void> {
  await principalOf(request);
}

/**
 * A hook as `requireAuth` that asks for permissions besides: for all of them or, with `all: false`, for one of them.
 *
 * @throws {ConfigurationError} if the list is empty.
 * @throws {AuthorizationError} from the hook, which is a 403.
 * @example
 * app.delete("/cache", { preHandler: requirePermissions(["cache:write"]) }, () => cache.clear());
 */
export function requirePermissions(
  permissions: readonly string[],
  { all = true }: { readonly all?: boolean } = {},
): (request: FastifyRequest) => Promise<void> {
  if (!Array.isArray(permissions) || permissions.length === 0) {
    throw new ConfigurationError("requirePermissions takes a list of at least one permission");
  }
  return async (request) => {
    const principal = await principalOf(request);
    const missing = permissions.filter((permission) => !principal.permissions.includes(permission));
    if (all && missing.length > 0)
      throw new AuthorizationError(`this needs the permission ${missing.join(", ")}`);
    if (missing.length === permissions.length)
      throw new AuthorizationError(`this needs one of the permissions ${missing.join(", ")}`);
  };
}

async function principalOf(request: FastifyRequest): Promise<Principal> {
  const authenticator = authenticationOf(request.server)?.authenticator;
  if (authenticator !== undefined) await admit(authenticator, request);
  if (request.principal === undefined) throw new AuthenticationError();
  return request.principal;
}
