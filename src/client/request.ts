import type { Contract } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import { type AnyEvent, existingMeta, givenInput } from "../core/event.ts";
import { travelText } from "../core/travel.ts";
import { currentSpan } from "../tracing/current.ts";
import { getTraceHeaders } from "../tracing/headers.ts";
import type { Settings } from "./settings.ts";

/** What `fetch` is told; redirects are answers, because the token is for one origin. */
export async function requestInit(
  settings: Settings,
  event: AnyEvent,
  { stream }: Contract,
  signal: AbortSignal,
): Promise<RequestInit> {
  const body = travelText(givenInput(event)) ?? null;
  const headers = new Headers(settings.headers);
  const own = {
    accept: stream ? "text/event-stream" : "application/json",
    "content-type": body === null ? undefined : "application/json",
    "idempotency-key": quotedKeyOf(event),
    "x-correlation-id": correlationIdOf(event),
    ...getTraceHeaders(),
    authorization: await authorizationFrom(settings),
  };
  for (const [name, value] of Object.entries(own)) if (value !== undefined) headers.set(name, value);
  return { method: "POST", body, headers, signal, redirect: "manual" };
}

/** In quotes, so that every key arrives as it is. */
function quotedKeyOf({ idempotencyKey, name }: AnyEvent): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  if (PRINTABLE.test(idempotencyKey)) return `"${idempotencyKey}"`;
  throw new ConfigurationError(`the idempotencyKey of "${name}" must be 1 to 255 printable ASCII characters`);
}

/** One that no header can carry stays here: it must not keep a call from being made. */
function correlationIdOf(event: AnyEvent): string | undefined {
  const id = existingMeta(event)?.correlationId ?? currentSpan()?.correlationId;
  return id !== undefined && PRINTABLE.test(id) ? id : undefined;
}

async function authorizationFrom({ token, scheme }: Settings): Promise<string | undefined> {
  const value = typeof token === "function" ? await token() : token;
  if (value === undefined || value === "") return undefined;
  // Not left to fetch, whose error would show the token.
  if (!/^[!-~]+$/.test(value)) throw new ConfigurationError("token must be printable ASCII without spaces");
  return `${scheme} ${value}`;
}

const PRINTABLE = /^[ -~]{1,255}$/;
