import type { FastifyInstance } from 'fastify';
import { Tally, type Metrics, type TallySlot } from '@groundswell/observability';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Others share one series. */
const namedMethods: ReadonlySet<string> = new Set(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);

/** Requests by class of route, never by what stands in a path. */
export class RequestMetrics {
  private readonly tally;
  private readonly seconds;
  private readonly slots = new Map<string, TallySlot>();
  private readonly routes = new Map<string, string>();

  constructor(metrics: Metrics) {
    const labels = ['route', 'method', 'status'] as const;
    this.tally = new Tally(
      metrics,
      metrics.counter('groundswell_http_requests_total', 'Requests, by class of status', labels),
    );
    this.seconds = metrics.histogram(
      'groundswell_http_request_seconds',
      'Duration of requests, from the first byte of theirs to the last of ours',
      ['route'],
      secondsBuckets,
    );
  }

  /** Before any route is added. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      this.count(request.routeOptions.url, request.method, reply.statusCode, reply.elapsedTime);
      done();
    });
  }

  /** `pattern`: as the route was declared; undefined where there is none. */
  count(pattern: string | undefined, method: string, status: number, ms: number): void {
    const route = this.routeOf(pattern);
    const name = namedMethods.has(method) ? method : 'other';
    const statusClass = `${Math.floor(status / 100)}xx`;
    const key = `${route} ${name} ${statusClass}`;
    let slot = this.slots.get(key);
    if (!slot) this.slots.set(key, (slot = this.tally.slot({ route, method: name, status: statusClass })));
    slot.count += 1;
    this.seconds.observe({ route }, ms / 1_000);
  }

  /** The first part of the declared path: there are as many as modules that serve something. */
  private routeOf(pattern: string | undefined): string {
    if (pattern === undefined) return 'none';
    let route = this.routes.get(pattern);
    if (route === undefined) this.routes.set(pattern, (route = `/${pattern.split('/')[1] ?? ''}`));
    return route;
  }
}
