import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { emailDeliveryRefusals } from '@groundswell/contracts';
import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError, InputError, unavailable } from '../api/api-error';
import type { Viewer } from '../auth/access';
import type { RequestAuthenticator } from '../auth/request-authenticator';
import { apiErrorEntry, tooManyEntry, type ErrorEntry } from '../graphql/answers/error-entries';
import { RefusedRequest } from '../graphql/requests/refused-request';
import { scalars } from '../graphql/scalars';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import { isRefusal } from './mail-errors';
import type { MailLoopsService } from './mail-loops.service';

const path = '/ops/mail-loops';
const largestBody = 4_096;
const retrySeconds = 5;

/** The loops over plain HTTP, beside GraphQL and with its credentials: GET tells, PUT schedules, DELETE cancels. */
export class MailLoopsRoutes {
  constructor(
    private readonly loops: MailLoopsService,
    private readonly authenticator: RequestAuthenticator,
    private readonly logger: GatewayLogger,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: largestBody }, (_request, body, parsed) =>
        parsed(null, body),
      );
      scope.setErrorHandler((error, request, reply) => this.sendFault(error, request, reply));
      scope.get(path, async (request, reply) =>
        send(reply, 200, await this.loops.status(await this.viewerOf(request))),
      );
      scope.put(path, async (request, reply) => {
        const viewer = await this.viewerOf(request);
        const { begin, end } = windowOf(request.body);
        return send(reply, 200, await this.loops.schedule(viewer, begin, end));
      });
      scope.delete(path, async (request, reply) =>
        send(reply, 200, { status: await this.loops.cancel(await this.viewerOf(request)) }),
      );
      done();
    });
  }

  private async viewerOf({ headers: { authorization }, ip }: FastifyRequest): Promise<Viewer> {
    const viewer = authorization === undefined ? null : await this.authenticator.viewerOf(authorization, ip);
    if (!viewer) throw new RefusedRequest(401, 'Authentication is required for this API call', 'unauthorized');
    return viewer;
  }

  private sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const fault = error instanceof DatabaseAwayError ? unavailable(retrySeconds, error) : error;
    if (fault instanceof ApiError) return sendApiError(reply, fault);
    if (fault instanceof InputError) {
      const errors = fault.problems.map(({ message, path: at }) => ({ message, path: at }));
      return send(reply, 400, { errors });
    }
    if (fault instanceof TooManyRequestsError) {
      reply.header('retry-after', String(fault.retryAfterSeconds));
      return send(reply, 429, { errors: [tooManyEntry(fault)] });
    }
    if (fault instanceof RefusedRequest) {
      const { message, code } = fault;
      return send(reply, fault.status, { errors: [code === null ? { message } : { message, extensions: { code } }] });
    }
    const { statusCode } = fault as { statusCode?: number };
    if (statusCode === 413) return send(reply, 413, { errors: [{ message: 'Request body is too large' }] });
    this.logger.error({ err: fault, requestId: request.id }, 'mail loops request failed');
    return send(reply, 500, { errors: [{ message: 'Internal server error' }] });
  }
}

function sendApiError(reply: FastifyReply, error: ApiError): FastifyReply {
  const { retryAfterSeconds, waitedMs } = error.extra;
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
  const entry: ErrorEntry = apiErrorEntry(error);
  if (error.code !== 'unavailable' || error.extra['service'] === undefined) {
    return send(reply, statusOf(error), { errors: [entry] });
  }
  const message =
    typeof waitedMs === 'number'
      ? `email-delivery did not answer within ${waitedMs / 1000} s`
      : 'email-delivery cannot be asked now';
  return send(reply, 503, { errors: [{ ...entry, message }] });
}

const { loopRunning, noEventSource } = emailDeliveryRefusals;

function statusOf(error: ApiError): number {
  if (error.code === 'permission_denied') return 403;
  if (error.code === 'unavailable') return 503;
  return isRefusal(error, loopRunning, noEventSource) ? 422 : 400;
}

/** Both are needed: which mail a replay is for is not said here. */
function windowOf(body: unknown): { begin: Date; end: Date } {
  const window = objectOf(body);
  return { begin: timeOf(window, 'begin'), end: timeOf(window, 'end') };
}

function objectOf(body: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(typeof body === 'string' ? body : '');
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON is the same as not an object.
  }
  throw new RefusedRequest(400, 'The body must be a JSON object with begin and end');
}

function timeOf(window: Record<string, unknown>, key: 'begin' | 'end'): Date {
  const value = window[key];
  if (value === undefined || value === null) throw InputError.at([key], `can't be blank`);
  try {
    return scalars.DateTime.parseValue(value) as Date;
  } catch {
    throw InputError.at([key], 'has invalid format');
  }
}

const send = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .send(JSON.stringify(body));
