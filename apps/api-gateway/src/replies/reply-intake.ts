import { createHash } from 'node:crypto';
import { exchanges, mttReplyKey, mttReplyV1, type MttReplyV1 } from '@groundswell/contracts';
import type { Publisher } from '@groundswell/messaging';
import type { IngestQueues } from '../spool/ingest-queues';
import { WebhookRefusal } from '../webhooks/webhook-refusal';

export interface ReplyIntakeOptions {
  publisher: Pick<Publisher, 'publish'>;
  queues: Pick<IngestQueues, 'isSystemConfirmed'>;
}

/** Gives answers of targets to mtt-service. */
export class ReplyIntake {
  constructor(private readonly options: ReplyIntakeOptions) {}

  /** Returns once the broker has it. Throws WebhookRefusal when it has not: the provider calls again. */
  async take(messageId: number, mail: MttReplyV1['mail']): Promise<void> {
    if (!this.options.queues.isSystemConfirmed) throw new WebhookRefusal(503, 'queues not confirmed');
    const receivedAt = new Date();
    const reply: MttReplyV1 = {
      schema: 'groundswell:mtt-reply:1',
      id: replyIdOf(messageId, mail),
      messageId,
      receivedAt: receivedAt.toISOString(),
      mail,
    };
    const result = await this.options.publisher.publish({
      exchange: exchanges.event,
      routingKey: mttReplyKey,
      body: Buffer.from(JSON.stringify(mttReplyV1.parse(reply))),
      messageId: reply.id,
      type: reply.schema,
      timestamp: receivedAt,
      mandatory: true,
      persistent: true,
    });
    if (result.status === 'confirmed') return;
    throw new WebhookRefusal(503, result.status === 'returned' ? 'nobody takes answers' : `broker: ${result.reason}`);
  }
}

/** A call that a provider repeats has the same. */
function replyIdOf(messageId: number, mail: MttReplyV1['mail']): string {
  const digest = createHash('sha256').update(`${messageId}:`).update(JSON.stringify(mail)).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
