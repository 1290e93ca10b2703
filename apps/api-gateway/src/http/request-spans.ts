import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { runWithTrace, traceOf, type OpenSpan, type Tracing } from '@groundswell/observability';
import { traceIdOf } from './request-trace';

/** What looks after us asks for these every few seconds. */
const untraced = new Set(['/live', '/ready', '/health', '/metrics']);
const firstFault = 500;

/** Makes every request a span, which begins a trace or goes on in the caller's. It knows the route, never the path: that may hold what
 *  tells of a person. */
export class RequestSpans {
  private readonly spans = new WeakMap<FastifyRequest, OpenSpan>();

  constructor(private readonly tracing: Tracing) {}

  /** Before any route is added. */
  watch(fastify: FastifyInstance): void {
    if (!this.tracing.isOn) return;
    fastify.addHook('onRequest', (request, _reply, done) => {
      this.begin(request);
      done();
    });
    // Not before: what reads the body calls back from the socket, outside of any trace.
    fastify.addHook('preHandler', (request, _reply, done) => {
      const span = this.spans.get(request);
      if (span) runWithTrace(span.trace, done);
      else done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.end(request, reply);
      done();
    });
  }

  private begin(request: FastifyRequest): void {
    const { method, id, headers } = request;
    const route = request.routeOptions.url;
    if (method === 'OPTIONS' || (route !== undefined && untraced.has(route))) return;
    const span = this.tracing.start({
      name: route === undefined ? method : `${method} ${route}`,
      kind: 'server',
      parent: traceOf(headers) ?? undefined,
      traceId: traceIdOf(id),
      attributes: { 'http.request.method': method, 'http.route': route, 'groundswell.request_id': id },
    });
    if (span) this.spans.set(request, span);
  }

  private end(request: FastifyRequest, { statusCode }: FastifyReply): void {
    const span = this.spans.get(request);
    span?.set({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= firstFault ? String(statusCode) : undefined);
  }
}
