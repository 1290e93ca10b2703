import { createHash } from 'node:crypto';
import { exchanges, mailWebhookKey, mailWebhookV1, type MailWebhookV1 } from '@groundswell/contracts';
import type { Publisher, PublishResult } from '@groundswell/messaging';
import type { IngestQueues } from '../spool/ingest-queues';
import { WebhookRefusal } from './webhook-refusal';
import type { WebhookSender } from './webhook-senders';

export interface WebhookIntakeOptions {
  publisher: Pick<Publisher, 'publish'>;
  queues: Pick<IngestQueues, 'isSystemConfirmed'>;
}

/** Of the 32 MiB the publisher has on their way at once: signatures need it too. */
const largestUnderWay = 8 * 1024 * 1024;

/** Gives a webhook call to email-delivery. */
export class WebhookIntake {
  private bytesUnderWay = 0;

  constructor(private readonly options: WebhookIntakeOptions) {}

  /** Returns once the broker has it. Throws WebhookRefusal when it has not: the provider calls again. */
  async take({ provider, serviceId }: WebhookSender, body: string): Promise<string> {
    if (!this.options.queues.isSystemConfirmed) throw new WebhookRefusal(503, 'queues not confirmed');
    const receivedAt = new Date();
    const message: MailWebhookV1 = {
      schema: 'groundswell:mail-webhook:1',
      id: webhookIdOf(provider, serviceId, body),
      provider,
      serviceId,
      receivedAt: receivedAt.toISOString(),
      body,
    };
    const result = await this.publish(message, receivedAt);
    if (result.status === 'confirmed') return message.id;
    throw new WebhookRefusal(503, result.status === 'returned' ? 'no queue for webhooks' : `broker: ${result.reason}`);
  }

  private async publish(message: MailWebhookV1, timestamp: Date): Promise<PublishResult> {
    const body = Buffer.from(JSON.stringify(mailWebhookV1.parse(message)));
    if (this.bytesUnderWay > 0 && this.bytesUnderWay + body.length > largestUnderWay) {
      throw new WebhookRefusal(503, 'too many at once');
    }
    this.bytesUnderWay += body.length;
    try {
      return await this.options.publisher.publish({
        exchange: exchanges.event,
        routingKey: mailWebhookKey,
        body,
        messageId: message.id,
        type: message.schema,
        timestamp,
        mandatory: true,
        persistent: true,
      });
    } finally {
      this.bytesUnderWay -= body.length;
    }
  }
}

/** A call that a provider repeats has the same. */
function webhookIdOf(provider: string, serviceId: number | null, body: string): string {
  const digest = createHash('sha256').update(`${provider}:${serviceId}:`).update(body).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
