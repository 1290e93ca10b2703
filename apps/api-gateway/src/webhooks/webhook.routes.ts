import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { maxWebhookBytes } from '@groundswell/contracts';
import { DatabaseAwayError } from '@groundswell/persistence';
import { isClientGone } from '../graphql/requests/client-gone';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import type { SnsGate } from './sns/sns-gate';
import { readWebhookBody } from './webhook-body';
import type { WebhookIntake } from './webhook-intake';
import { WebhookRefusal } from './webhook-refusal';
import type { WebhookSender, WebhookSenders } from './webhook-senders';

export interface WebhookRoutesOptions {
  senders: WebhookSenders;
  intake: WebhookIntake;
  sns: SnsGate;
  logger: GatewayLogger;
}

interface WebhookRequest {
  Params: { provider: string; token?: string };
}

const retrySeconds = 30;

/** `POST /webhook/…` (email-and-mtt.md §4), in a part of Fastify of its own: bodies come as bytes, and only of those who
 *  have a secret. Nothing here logs a value of a request. */
export class WebhookRoutes {
  private readonly senders = new WeakMap<FastifyRequest, WebhookSender>();

  constructor(private readonly options: WebhookRoutesOptions) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      const parsing = { parseAs: 'buffer', bodyLimit: maxWebhookBytes } as const;
      scope.addContentTypeParser('*', parsing, (_request, body, next) => next(null, body));
      scope.addHook<WebhookRequest>('onRequest', (request) => this.identify(request));
      scope.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      for (const url of ['/webhook/:provider', '/webhook/:provider/:token']) {
        scope.post<WebhookRequest>(url, (request, reply) => this.take(request, reply));
      }
      done();
    });
  }

  private async identify(request: FastifyRequest<WebhookRequest>): Promise<void> {
    const { params, headers, ip } = request;
    const { authorization } = headers;
    const contentLength = Number(headers['content-length'] ?? 0);
    this.senders.set(
      request,
      await this.options.senders.identify({ ...callOf(params), authorization, contentLength, ip }),
    );
  }

  private async take(request: FastifyRequest<WebhookRequest>, reply: FastifyReply): Promise<FastifyReply> {
    const { intake, sns, logger } = this.options;
    const sender = this.senderOf(request);
    const { text, value } = readWebhookBody(request.body);
    const { provider, serviceId } = sender;
    const isStored = provider !== 'ses' || serviceId === null || (await sns.admit(serviceId, value));
    const webhookId = isStored ? await intake.take(sender, text) : undefined;
    logger.debug({ provider, serviceId, webhookId, requestId: request.id }, 'webhook taken');
    return send(reply, 200, { status: 'ok' });
  }

  private senderOf(request: FastifyRequest): WebhookSender {
    const sender = this.senders.get(request);
    if (!sender) throw new WebhookRefusal(401, 'wrong or missing credentials');
    return sender;
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof TooManyRequestsError) {
      reply.header('retry-after', String(error.retryAfterSeconds));
      return send(reply, 429, { error: 'too many refused calls' });
    }
    const refusal = refusalOf(error);
    if (!refusal) {
      this.options.logger.error({ reason: nameOf(error), requestId: request.id }, 'webhook failed');
      return send(reply, 500, { error: 'internal error' });
    }
    const { status, reason } = refusal;
    const sender = this.senders.get(request);
    this.options.logger.warn({ ...sender, status, reason, requestId: request.id }, 'webhook refused');
    if (status === 401) reply.header('www-authenticate', 'Basic realm="webhook"');
    if (status === 503) reply.header('retry-after', String(retrySeconds));
    // What is left of the body is not read.
    if (sender === undefined || status === 413) reply.header('connection', 'close');
    return send(reply, status, { error: reason });
  }
}

const callOf = ({ provider, token }: WebhookRequest['Params']) => ({ provider, token });

/** Null for a fault of ours. */
function refusalOf(error: unknown): WebhookRefusal | null {
  if (error instanceof WebhookRefusal) return error;
  if (error instanceof DatabaseAwayError) return new WebhookRefusal(503, 'database away');
  const { statusCode, code } = error as { statusCode?: number; code?: unknown };
  if (statusCode === 413) return new WebhookRefusal(413, 'body too large');
  const isMalformed = typeof code === 'string' && code.startsWith('FST_ERR_CTP');
  return isMalformed || isClientGone(error) ? new WebhookRefusal(400, 'malformed request') : null;
}

/** A message may quote what it is about. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const send = (reply: FastifyReply, status: number, body: object): FastifyReply =>
  reply.code(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
