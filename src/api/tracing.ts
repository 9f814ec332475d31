import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { EventMeta } from "../core/event.ts";
import { newTraceId } from "../tracing/ids.ts";
import { parseTraceparent } from "../tracing/traceparent.ts";
import { parseTracestate } from "../tracing/tracestate.ts";
import "./trace-meta.ts";

/** What may be logged, shown and sent on as it is. */
const CORRELATION_ID = /^[\w.:/+=@-]{1,128}$/;

/**
 * Lets requests be found again: each has a correlation id, which its events, its log lines, its answer
 * (`X-Correlation-ID`) and problem details carry. It is the caller's where `X-Correlation-ID` is 1 to 128 letters,
 * digits and `_ . : / + = @ -`, else the trace id of the caller's `traceparent`, else a new one.
 *
 * A host that traces goes on with the caller's trace, and answers carry the `traceparent` of what became of it. Where
 * the trace begins here, a new correlation id is its id, too.
 *
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function addTracing(app: FastifyInstance): void {
  if (isTraced(app)) return;
  app.decorateRequest("traceMeta", undefined);
  app.addHook("onRequest", (request, reply, done) => {
    request.traceMeta ?? beginTrace(request, reply);
    done();
  });
}

/** The correlation id of a request, which may have failed before its hooks ran; undefined where nothing is traced. */
export function correlationIdOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  if (request.traceMeta === undefined && isTraced(request.server)) beginTrace(request, reply);
  return request.traceMeta?.correlationId;
}

function isTraced(app: FastifyInstance): boolean {
  return app.hasRequestDecorator("traceMeta");
}

function beginTrace(request: FastifyRequest, reply: FastifyReply): void {
  const meta = traceMetaOf(request);
  const { correlationId } = meta;
  request.traceMeta = meta;
  reply.header("x-correlation-id", correlationId);
  const log = request.log.child({ correlationId });
  request.log = log;
  reply.log = log;
}

function traceMetaOf({ headers }: FastifyRequest): EventMeta {
  const { traceparent, tracestate } = headers;
  const given = headers["x-correlation-id"];
  const known = typeof given === "string" && CORRELATION_ID.test(given) ? given : undefined;
  // Node joins headers that came twice: that is no traceparent, and the trace begins here.
  const parent = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
  if (parent === undefined) return known === undefined ? newTrace() : { correlationId: known };
  const correlationId = known ?? parent.traceId;
  const state = parseTracestate(tracestate as string | undefined);
  return {
    correlationId,
    traceparent: traceparent as string,
    ...(state !== undefined && { tracestate: state }),
  };
}

function newTrace(): EventMeta & { readonly correlationId: string } {
  const traceId = newTraceId();
  return { correlationId: traceId, traceId };
}
