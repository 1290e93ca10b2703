import { randomUUID } from 'node:crypto';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { OutgoingPush, PushEndpoint } from '../../src/pushing/push-backend';
import type { SqsQueue, SqsServer } from './sqs-servers';

export interface ReadMessage {
  body: unknown;
  attributes: Record<string, string | undefined>;
}

/** Empties a queue as an org's software does: with the SDK's own client. */
export async function readAll(
  server: SqsServer,
  { url: QueueUrl, key }: SqsQueue,
  secret: string,
): Promise<ReadMessage[]> {
  const client = new SQSClient({
    region: server.region,
    credentials: { accessKeyId: key, secretAccessKey: secret },
    endpoint: server.url,
  });
  const read: ReadMessage[] = [];
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] });
  try {
    for (;;) {
      const { Messages: messages = [] } = await client.send(receive);
      if (messages.length === 0) return read;
      for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of messages) {
        const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]);
        read.push({ body: JSON.parse(Body), attributes: Object.fromEntries(attributes) as ReadMessage['attributes'] });
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  } finally {
    client.destroy();
  }
}

export const endpointOf = (queue: SqsQueue, password: string, change: Partial<PushEndpoint> = {}): PushEndpoint => ({
  serviceId: 1,
  orgId: 1,
  kind: 'sqs',
  host: 'eu-west-1',
  user: queue.key,
  password,
  path: queue.url,
  signingSecrets: [],
  ...change,
});

export const aPush = (body: unknown): OutgoingPush => ({
  id: '1',
  messageId: randomUUID(),
  kind: 'action',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attemptedAt: new Date(),
});

/** A message that SQS counts as exactly so many bytes. */
export function aPushOfBytes(bytes: number, mark = 'x'): OutgoingPush {
  const around = JSON.stringify({ text: '' }).length;
  return aPush({ text: mark.repeat(bytes - around) });
}
