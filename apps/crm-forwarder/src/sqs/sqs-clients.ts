import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsRequestHandler } from '@groundswell/http';
import type { SqsTarget } from './sqs-target';

interface OpenClient {
  settings: string;
  client: SQSClient;
  unused: NodeJS.Timeout;
}

const unusedMs = 60_000;

/** One client per service, made anew when its settings change and given up a minute after its last use. */
export class SqsClients {
  private readonly open = new Map<number, OpenClient>();

  constructor(private readonly handler: Pick<AwsRequestHandler, 'metadata' | 'handle' | 'destroy'>) {}

  async of(serviceId: number, target: SqsTarget): Promise<SQSClient> {
    // The SDK is large: it is loaded with the first push.
    const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
    const { region, accessKeyId, secretAccessKey, origin } = target;
    const settings = JSON.stringify([region, accessKeyId, secretAccessKey, origin]);
    const found = this.open.get(serviceId);
    if (found?.settings === settings) {
      found.unused.refresh();
      return found.client;
    }
    this.give(serviceId);
    const client = new Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      // Our rows retry, not the SDK.
      maxAttempts: 1,
      requestHandler: this.handler,
      useQueueUrlAsEndpoint: false,
      // Compared per message here: the SDK would throw away what else it knows of the batch.
      md5: false,
      ...(origin ? { endpoint: origin } : {}),
    });
    const unused = setTimeout(() => this.give(serviceId), unusedMs).unref();
    this.open.set(serviceId, { settings, client, unused });
    return client;
  }

  close(): void {
    for (const serviceId of [...this.open.keys()]) this.give(serviceId);
  }

  /** Calls under way go on: connections are the handler's. */
  private give(serviceId: number): void {
    const found = this.open.get(serviceId);
    if (!found) return;
    clearTimeout(found.unused);
    found.client.destroy();
    this.open.delete(serviceId);
  }
}
