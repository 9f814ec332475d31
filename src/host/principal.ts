import { AuthorizationError } from "../core/api-error.ts";
import type { Contract } from "../core/contract.ts";
import { type AnyEvent, existingMeta, type Principal } from "../core/event.ts";
import type { DispatchStep } from "./steps.ts";

/** Hands on what an event inside another one's handling has in common with it, and does not say itself. */
export function inheritMeta(from: AnyEvent, to: AnyEvent): void {
  const inherited = existingMeta(from);
  if (inherited === undefined || from === to) return;
  const { correlationId, principal } = inherited;
  if (correlationId !== undefined) to.meta.correlationId ??= correlationId;
  if (principal !== undefined) to.meta.principal ??= principal;
}

/** Lets only those through who have every permission of the contract. Without a principal the caller is trusted. */
export function withPermissions({ permissions, name }: Contract, next: DispatchStep): DispatchStep {
  return (dispatch) => {
    const principal = existingMeta(dispatch.event)?.principal;
    const missing = principal && permissions.filter((permission) => !allows(principal, permission));
    if (missing?.length) throw new AuthorizationError(`"${name}" needs the permission ${missing.join(", ")}`);
    return next(dispatch);
  };
}

function allows(principal: Principal, permission: string): boolean {
  return principal.permissions.includes(permission);
}
