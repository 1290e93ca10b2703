import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError, unavailable } from '../api/api-error';
import type { Viewer } from '../auth/access';
import type { RequestAuthenticator } from '../auth/request-authenticator';
import { apiErrorEntry, tooManyEntry, type ErrorEntry } from '../graphql/answers/error-entries';
import { RefusedRequest } from '../graphql/requests/refused-request';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import type { MessageExportArguments, MessageExportService } from './message-export.service';

const path = '/export/messages.csv';
const retrySeconds = 5;
const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const statuses: Partial<Record<string, number>> = {
  not_found: 404,
  org_not_found: 404,
  permission_denied: 403,
  unavailable: 503,
};

/** Messages to a target as a file, with the credentials of the API (docs/mtt-api.md). */
export class MessageExportRoutes {
  constructor(
    private readonly messages: MessageExportService,
    private readonly authenticator: RequestAuthenticator,
    private readonly logger: GatewayLogger,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.get(path, (request, reply) => this.answer(request, reply));
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('cache-control', 'no-store');
    try {
      const viewer = await this.viewerOf(request);
      const file = await this.messages.export(viewer, argumentsOf(request.query as Record<string, unknown>));
      const name = 'attachment; filename="messages.csv"';
      return reply.type('text/csv; charset=utf-8').header('content-disposition', name).send(Readable.from(file));
    } catch (error) {
      return this.sendFault(error, request, reply);
    }
  }

  private async viewerOf({ headers: { authorization }, ip }: FastifyRequest): Promise<Viewer> {
    const viewer = authorization === undefined ? null : await this.authenticator.viewerOf(authorization, ip);
    if (!viewer) throw new RefusedRequest(401, 'Authentication is required for this API call', 'unauthorized');
    return viewer;
  }

  private sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const fault = error instanceof DatabaseAwayError ? unavailable(retrySeconds, error) : error;
    if (fault instanceof ApiError) {
      const { retryAfterSeconds } = fault.extra;
      if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
      return sendError(reply, statuses[fault.code ?? ''] ?? 400, apiErrorEntry(fault));
    }
    if (fault instanceof TooManyRequestsError) {
      return sendError(reply.header('retry-after', String(fault.retryAfterSeconds)), 429, tooManyEntry(fault));
    }
    if (fault instanceof RefusedRequest) {
      const { message, code } = fault;
      return sendError(reply, fault.status, code === null ? { message } : { message, extensions: { code } });
    }
    this.logger.error({ err: fault, requestId: request.id }, 'message export failed');
    return sendError(reply, 500, { message: 'Internal server error' });
  }
}

function argumentsOf(query: Record<string, unknown>): MessageExportArguments {
  const [orgName, email, target] = [textOf(query, 'org'), textOf(query, 'email'), textOf(query, 'target')];
  if (orgName === null) throw new ApiError('bad_arg', 'Name the org');
  if ((email === null) === (target === null)) throw new ApiError('bad_arg', 'Provide exactly one of email and target');
  if (target !== null && !uuid.test(target)) throw new ApiError('bad_arg', 'target is no UUID');
  const duplicates = flagOf(query, 'duplicates') ?? false;
  return { orgName, email, target, campaignName: textOf(query, 'campaign'), duplicates, sent: flagOf(query, 'sent') };
}

function textOf(query: Record<string, unknown>, key: string): string | null {
  const value = query[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

function flagOf(query: Record<string, unknown>, key: string): boolean | null {
  const value = textOf(query, key);
  if (value === null || value === 'true' || value === 'false') return value === null ? null : value === 'true';
  throw new ApiError('bad_arg', `${key} is true or false`);
}

const sendError = (reply: FastifyReply, status: number, entry: ErrorEntry): FastifyReply =>
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [entry] }));
