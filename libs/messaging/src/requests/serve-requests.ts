import type { Envelope } from '../consuming/envelope';
import type { MessageHandler } from '../consuming/message-handler';
import { done, drop, type Outcome } from '../consuming/outcome';
import type { Publisher } from '../publishing/publisher';
import { TransientError } from '../transient.error';
import { RpcRefusedError } from './rpc.error';

/** What travels back. */
export type RpcReply =
  { ok: true; value: unknown } | { ok: false; code: string; text: string; details?: Record<string, unknown> };

/** Answers a request that a handler took from its queue. Returns the outcome to hand to the runner. A caller that is gone
 *  is no failure: the request has been carried out, and it can read the state. */
export const answerRequest = async (
  publisher: Publisher,
  envelope: Envelope,
  reply: RpcReply,
  replyExchange = 'reply',
): Promise<Outcome> => {
  if (envelope.replyTo === undefined) return drop('request without reply address');
  const result = await publisher.publish({
    exchange: replyExchange,
    routingKey: envelope.replyTo,
    body: JSON.stringify(reply),
    messageId: `reply:${envelope.messageId}`,
    correlationId: envelope.correlationId,
    persistent: false,
  });
  if (result.status === 'unavailable') throw new TransientError(`reply not sent: ${result.reason}`);
  return done();
};

/** A message handler that answers each request with what `serve` returns, or refuses it with the RpcRefusedError it throws.
 *  `serve` gets the request's id in `envelope.messageId`; it may come twice and must take effect once. */
export const serveRequests = <T>(
  publisher: Publisher,
  serve: (request: T, envelope: Envelope) => Promise<unknown>,
  replyExchange = 'reply',
): MessageHandler<T> => ({
  async handle(request, envelope) {
    return answerRequest(publisher, envelope, await replyOf(() => serve(request, envelope)), replyExchange);
  },
});

const replyOf = async (serve: () => Promise<unknown>): Promise<RpcReply> => {
  try {
    return { ok: true, value: (await serve()) ?? null };
  } catch (error) {
    if (!(error instanceof RpcRefusedError)) throw error;
    return { ok: false, code: error.code, text: error.message, details: error.details };
  }
};
