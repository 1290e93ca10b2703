import type { Database } from '@groundswell/persistence';
import type { GatewayLogger } from '../../http/runtime.module';
import { WebhookRefusal } from '../webhook-refusal';
import type { SnsClient } from './sns-client';
import type { SnsHosts } from './sns-hosts';
import { isSignedBy, readSnsMessage, type SnsMessage } from './sns-message';

export interface SnsGateOptions {
  database: Pick<Database, 'query'>;
  hosts: SnsHosts;
  client: Pick<SnsClient, 'signingKey' | 'confirmSubscription'>;
  logger: Pick<GatewayLogger, 'info' | 'warn'>;
}

/** Lets notifications of a service's own topic through, and confirms its subscription. */
export class SnsGate {
  constructor(private readonly options: SnsGateOptions) {}

  /** Whether the body holds events. Throws WebhookRefusal. */
  async admit(serviceId: number, body: object): Promise<boolean> {
    const message = readSnsMessage(body);
    if (!message) throw new WebhookRefusal(400, 'no SNS message');
    await this.requireTopic(serviceId, message);
    await this.requireSignature(message);
    if (message.Type === 'SubscriptionConfirmation') await this.confirm(serviceId, message);
    if (message.Type === 'UnsubscribeConfirmation') {
      this.options.logger.warn({ serviceId }, 'the SNS topic of a service was unsubscribed');
    }
    return message.Type === 'Notification';
  }

  /** The service's `path` names its topic: whoever learns the secret may own a topic too, but not this one. */
  private async requireTopic(serviceId: number, { TopicArn }: SnsMessage): Promise<void> {
    const [row] = await this.options.database.query<{ path: string | null }>(
      'select path from catalog.services where id = $1',
      [serviceId],
    );
    if (!row?.path) throw new WebhookRefusal(403, 'the service has no topic in its path');
    if (row.path !== TopicArn) throw new WebhookRefusal(403, 'another topic');
  }

  private async requireSignature(message: SnsMessage): Promise<void> {
    const url = this.options.hosts.trusted(message.SigningCertURL);
    if (!url?.pathname.endsWith('.pem')) throw new WebhookRefusal(403, 'certificate of a stranger');
    const key = await this.options.client.signingKey(url).catch((error: unknown) => {
      this.options.logger.warn({ reason: reasonOf(error) }, 'certificate of SNS not read');
      throw new WebhookRefusal(503, 'certificate of SNS not read');
    });
    if (!isSignedBy(message, key)) throw new WebhookRefusal(403, 'wrong signature');
  }

  private async confirm(serviceId: number, { fields }: SnsMessage): Promise<void> {
    const { client, hosts, logger } = this.options;
    const url = hosts.trusted(fields['SubscribeURL'] ?? '');
    if (!url) throw new WebhookRefusal(403, 'subscription to be confirmed at a stranger');
    await client.confirmSubscription(url).catch((error: unknown) => {
      logger.warn({ serviceId, reason: reasonOf(error) }, 'SNS subscription not confirmed');
      throw new WebhookRefusal(503, 'subscription not confirmed');
    });
    logger.info({ serviceId }, 'SNS subscription confirmed');
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
