import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ReplyTokens } from '@groundswell/crypto';
import { isClientGone } from '../graphql/requests/client-gone';
import type { GatewayLogger } from '../http/runtime.module';
import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import { WebhookRefusal } from '../webhooks/webhook-refusal';
import { mailOf, maxInboundBytes, readInbound, type InboundBody } from './inbound-mail';
import type { ReplyIntake } from './reply-intake';

export interface InboundRepliesOptions {
  tokens: Pick<ReplyTokens, 'open'>;
  limiter: Pick<RateLimiter, 'consume'>;
  intake: ReplyIntake;
  logger: GatewayLogger;
}

interface InboundRequest {
  Params: { address: string };
  Body: InboundBody;
}

/** Mails read at once: each holds a form of 2 MiB at most. */
const readAtOnce = 8;
/** Whoever has an address keeps none from the others. */
const readAtOnceOfMessage = 2;
const readMs = 60_000;
const retrySeconds = 30;

/**
 * `POST /webhook/inbound/<reply address>`: what a target answered, from the org's mail provider (docs/mtt-replies.md). The signed address
 * is the credential, and is checked before the body is read. Nothing here logs a value of a request.
 */
export class InboundRepliesRoutes {
  private readonly messageIds = new WeakMap<FastifyRequest, number>();
  /** One entry for each mail that is read. */
  private readonly underWay: number[] = [];

  constructor(private readonly options: InboundRepliesOptions) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { bodyLimit: maxInboundBytes },
        (request: FastifyRequest, payload: IncomingMessage) =>
          readInbound(request.headers['content-type'] ?? '', payload, readMs),
      );
      scope.addHook<InboundRequest>('onRequest', (request, reply) => this.identify(request, reply));
      scope.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      scope.post<InboundRequest>('/webhook/inbound/:address', (request, reply) => this.take(request, reply));
      done();
    });
  }

  private async identify(request: FastifyRequest<InboundRequest>, reply: FastifyReply): Promise<void> {
    const [local = ''] = request.params.address.split('@');
    const messageId = this.options.tokens.open(local);
    if (messageId === null) {
      await this.options.limiter.consume('refusedWebhookByAddress', addressKey(request.ip));
      throw new WebhookRefusal(401, 'no such address');
    }
    const ofMessage = this.underWay.filter((id) => id === messageId).length;
    if (this.underWay.length >= readAtOnce || ofMessage >= readAtOnceOfMessage) {
      throw new WebhookRefusal(503, 'too many at once');
    }
    this.underWay.push(messageId);
    // Fastify's onResponse does not come where the caller went away; nor does this once it has: nothing is awaited before.
    reply.raw.once('close', () => this.underWay.splice(this.underWay.indexOf(messageId), 1));
    this.messageIds.set(request, messageId);
    await this.options.limiter.consume('replyToMessage', String(messageId));
  }

  private async take(request: FastifyRequest<InboundRequest>, reply: FastifyReply): Promise<FastifyReply> {
    const messageId = this.messageIds.get(request);
    if (messageId === undefined) throw new WebhookRefusal(401, 'no such address');
    // Without a body Fastify asks no parser.
    if (!request.body) throw new WebhookRefusal(400, 'no mail in it');
    const mail = await mailOf(request.body);
    if (mail) await this.options.intake.take(messageId, mail);
    return send(reply, 200, { status: 'ok' });
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof TooManyRequestsError) {
      reply.header('retry-after', String(error.retryAfterSeconds));
      return send(reply, 429, { error: 'too many calls' });
    }
    const refusal = refusalOf(error);
    const reason = refusal?.reason ?? (error instanceof Error ? error.name : typeof error);
    const line = { status: refusal?.status ?? 500, reason, requestId: request.id };
    if (!refusal) {
      this.options.logger.error(line, 'answer of a target not taken');
      return send(reply, 500, { error: 'internal error' });
    }
    this.options.logger.warn(line, 'answer of a target refused');
    if (refusal.status === 503) reply.header('retry-after', String(retrySeconds));
    // What is left of the body is not read.
    reply.header('connection', 'close');
    return send(reply, refusal.status, { error: refusal.reason });
  }
}

/** Null for a fault of ours. */
function refusalOf(error: unknown): WebhookRefusal | null {
  if (error instanceof WebhookRefusal) return error;
  const { statusCode, code } = error as { statusCode?: number; code?: unknown };
  if (statusCode === 413) return new WebhookRefusal(413, 'body too large');
  const isMalformed = typeof code === 'string' && code.startsWith('FST_ERR_CTP');
  return isMalformed || isClientGone(error) ? new WebhookRefusal(400, 'malformed request') : null;
}

const send = (reply: FastifyReply, status: number, body: object): FastifyReply =>
  reply.code(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
