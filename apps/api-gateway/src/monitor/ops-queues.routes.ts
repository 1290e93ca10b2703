import { operatedServices } from '@groundswell/contracts';
import { DatabaseAwayError } from '@groundswell/persistence';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, InputError, unavailable } from '../api/api-error';
import type { Viewer } from '../auth/access';
import type { RequestAuthenticator } from '../auth/request-authenticator';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { apiErrorEntry, tooManyEntry } from '../graphql/answers/error-entries';
import { RefusedRequest } from '../graphql/requests/refused-request';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import type { JobMonitorService } from './job-monitor.service';
import { checkText, jobsIn } from './monitor-names';
import { queuesPage } from './ops-queues.page';
import type { ParkedService } from './parked.service';
import type { QueueMonitorService } from './queue-monitor.service';
import type { QueuePauseService } from './queue-pause.service';
import { readServiceRowId } from './service-row-id';

const path = '/ops/queues';
const retrySeconds = 5;

export interface OpsQueuesParts {
  monitor: QueueMonitorService;
  pauses: QueuePauseService;
  jobs: JobMonitorService;
  parked: ParkedService;
  authenticator: RequestAuthenticator;
  logger: GatewayLogger;
}

interface Asked {
  viewer: Viewer;
  orgName: string | null;
  query: Record<string, string | undefined>;
  name: string;
  id: string;
}

/** The queue monitor over plain HTTP, beside GraphQL and with its credentials (background-jobs.md §9). */
export class OpsQueuesRoutes {
  constructor(private readonly parts: OpsQueuesParts) {}

  async register(fastify: FastifyInstance): Promise<void> {
    const { monitor } = this.parts;
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { bodyLimit: 4_096, parseAs: 'string' }, (_request, _body, parsed) =>
        parsed(null, undefined),
      );
      scope.setErrorHandler((error, request, reply) => this.sendFault(error, request, reply));
      scope.get(path, (request, reply) => this.list(request, reply));
      this.answer(scope, 'get', '/:name', ({ viewer, orgName, name }) => monitor.one(viewer, orgName, name));
      this.answer(scope, 'get', '/:name/history', ({ viewer, orgName, name, query }) =>
        monitor.history(viewer, orgName, name, numberIn(query, 'days') ?? 1),
      );
      this.answer(scope, 'get', '/:name/items', (asked) => this.items(asked));
      for (const change of ['retry', 'discard'] as const) {
        this.answer(scope, 'post', `/:name/items/:id/${change}`, (asked) => this.changeItem(asked, change));
      }
      this.answer(scope, 'post', '/:name/pause', (asked) => this.setPaused(asked, true));
      this.answer(scope, 'post', '/:name/resume', (asked) => this.setPaused(asked, false));
      done();
    });
  }

  private answer(
    scope: FastifyInstance,
    method: 'get' | 'post',
    route: string,
    work: (asked: Asked) => Promise<unknown>,
  ) {
    scope[method](path + route, async (request, reply) => send(reply, 200, await work(await this.read(request))));
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { viewer, orgName, query } = await this.read(request);
    const { kind, after } = query;
    const select = { orgName, kind: kind?.toUpperCase(), after, limit: numberIn(query, 'limit') ?? null };
    const found = await this.parts.monitor.list(viewer, select);
    if (!wantsPage(request)) return send(reply, 200, found);
    return reply
      .code(200)
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      .send(queuesPage(found, new Date()));
  }

  private items({ viewer, orgName, name, query }: Asked): Promise<unknown> {
    const page = { after: query['after'] ?? null, limit: numberIn(query, 'limit') ?? null };
    const jobs = jobsIn(name);
    if (jobs) {
      return this.parts.jobs.list(viewer, orgName, jobs.service, { type: jobs.type, state: query['state'] }, page);
    }
    const parked = parkedIn(name, query['service']);
    return this.parts.parked.list(viewer, orgName, { ...parked, reason: query['reason'] ?? null }, page);
  }

  private async changeItem({ viewer, orgName, name, id }: Asked, change: 'retry' | 'discard'): Promise<unknown> {
    const { jobs, parked } = this.parts;
    const ofJobs = jobsIn(name);
    if (ofJobs) {
      if (readServiceRowId(id).service !== ofJobs.service) throw entityNotFound();
      return { status: await jobs.change(viewer, orgName, id, change) };
    }
    const { service, queue } = parkedIn(name, /^(.*)-\d+$/.exec(id)?.[1]);
    const select = { service, queue, ids: [id] };
    return change === 'retry' ? parked.replay(viewer, orgName, select) : parked.drop(viewer, orgName, select);
  }

  private async setPaused({ viewer, name }: Asked, isPaused: boolean): Promise<unknown> {
    return { status: await this.parts.pauses.set(viewer, name, isPaused) };
  }

  private async read(request: FastifyRequest): Promise<Asked> {
    refuseForeignPages(request);
    const { authorization } = request.headers;
    const { authenticator } = this.parts;
    const viewer = authorization === undefined ? null : await authenticator.viewerOf(authorization, request.ip);
    if (!viewer) throw new RefusedRequest(401, 'Authentication is required for this API call', 'unauthorized');
    const query = readOnce(request.query as Record<string, unknown>);
    const { name = '', id = '' } = request.params as { name?: string; id?: string };
    if (name !== '') checkText(name, ['name']);
    return { viewer, orgName: query['orgName'] ?? null, query, name, id };
  }

  private sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const fault = error instanceof DatabaseAwayError ? unavailable(retrySeconds, error) : error;
    if (fault instanceof ApiError) {
      const { retryAfterSeconds } = fault.extra;
      if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
      return send(reply, statusOf(fault), { errors: [apiErrorEntry(fault)] });
    }
    if (fault instanceof InputError) {
      return send(reply, 400, { errors: fault.problems.map(({ message, path: at }) => ({ message, path: at })) });
    }
    if (fault instanceof TooManyRequestsError) {
      reply.header('retry-after', String(fault.retryAfterSeconds));
      return send(reply, 429, { errors: [tooManyEntry(fault)] });
    }
    if (fault instanceof RefusedRequest) {
      // A browser asks its user for them.
      if (fault.status === 401 && wantsPage(request)) reply.header('www-authenticate', 'Basic realm="Groundswell"');
      const { message, code } = fault;
      return send(reply, fault.status, { errors: [code === null ? { message } : { message, extensions: { code } }] });
    }
    this.parts.logger.error({ err: fault, requestId: request.id }, 'queue monitor request failed');
    return send(reply, 500, { errors: [{ message: 'Internal server error' }] });
  }
}

const wantsPage = ({ headers: { accept } }: FastifyRequest): boolean => /\btext\/html\b/.test(accept ?? '');

/** A browser that knows the credentials sends them with whatever another site's page asks for, be it only to read. */
function refuseForeignPages({ headers: { origin, host } }: FastifyRequest): void {
  if (origin !== undefined && URL.parse(origin)?.host !== host) {
    throw new ApiError('permission_denied', 'Requests of other sites are refused');
  }
}

/** A queue of the broker has parked messages with its reader, and with whom found what had no way home. */
function parkedIn(name: string, service: string | undefined): { service: string; queue: string } {
  const [, named, queue] = /^parked:([a-z-]+):(.+)$/.exec(name) ?? [];
  if (named !== undefined && queue !== undefined) return { service: named, queue };
  const given = operatedServices.find((one) => one === service);
  if (name.includes(':') || !given) throw entityNotFound();
  return { service: given, queue: name };
}

/** Each parameter is one text. */
function readOnce(query: Record<string, unknown>): Record<string, string | undefined> {
  const entries = Object.entries(query).map(([key, value]): [string, string] => {
    if (typeof value !== 'string') throw InputError.at([key], 'is invalid');
    checkText(value, [key]);
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function numberIn(query: Record<string, string | undefined>, key: string): number | undefined {
  const text = query[key];
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw InputError.at([key], 'is invalid');
  return Number(text);
}

function statusOf({ code }: ApiError): number {
  if (code === 'permission_denied') return 403;
  if (code === 'not_found') return 404;
  return code === 'unavailable' ? 503 : 400;
}

const send = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .send(JSON.stringify(body));
