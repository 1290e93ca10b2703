import { randomUUID } from 'node:crypto';
import { checkSignature, sha256, type SignatureFault } from '../aws-signature/signature-check';
import { jsonOf, ProviderServer, type ReceivedCall, type Reply } from '../mail-servers/provider-server';
import {
  bytesOf,
  faultOfEntry,
  md5,
  md5OfAttributes,
  type BatchEntry,
  type EntryFault,
  type MessageAttributes,
} from './sqs-message';

export interface StoredMessage {
  id: string;
  body: string;
  attributes: MessageAttributes;
  /** Not received again before: ms since the epoch. */
  visibleAt: number;
}

export interface SqsQueue {
  url: string;
  /** Key that may use it. */
  key: string;
  /** SQS's `MaximumMessageSize`, which also bounds a whole batch. */
  maxMessageBytes: number;
  messages: StoredMessage[];
}

interface SendBatch {
  QueueUrl?: string;
  Entries?: BatchEntry[];
}

interface Receive {
  QueueUrl?: string;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  MessageAttributeNames?: string[];
}

const largestMessage = 1024 * 1024;

/** As SQS spells a refusal of a whole call. `queryCode`: its name in the older protocol, where that differs. */
export const sqsError = (status: number, code: string, message: string, queryCode = code): Reply => ({
  status,
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
    'x-amzn-query-error': `${queryCode};${status < 500 ? 'Sender' : 'Receiver'}`,
  },
  body: { __type: `com.amazonaws.sqs#${code}`, message },
});

export const throttled: Reply = sqsError(400, 'RequestThrottled', 'The request was denied due to request throttling.');

const codeOf: Record<SignatureFault, string> = {
  missing: 'MissingAuthenticationToken',
  unknown_key: 'InvalidClientTokenId',
  mismatch: 'SignatureDoesNotMatch',
  skewed: 'SignatureDoesNotMatch',
  expired: 'SignatureDoesNotMatch',
};

const answered = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() },
  body,
});

/**
 * Amazon SQS of one region on loopback: JSON calls signed by SigV4, standard queues. `SendMessageBatch`, `ReceiveMessage`
 * and `DeleteMessage` for the SDK's own client; each key reaches its own queues. `mishap` and `answerNext` spoil next calls.
 */
export class SqsServer extends ProviderServer {
  private readonly secrets = new Map<string, string>();
  private readonly queues = new Map<string, SqsQueue>();
  private readonly refusals: ((body: string) => EntryFault | null)[] = [];

  constructor(readonly region = 'eu-west-1') {
    super();
  }

  addKey(key: string, secret: string): void {
    this.secrets.set(key, secret);
  }

  /** Once started. */
  addQueue(name: string, key: string, maxMessageBytes = largestMessage): SqsQueue {
    const path = `/123456789012/${name}`;
    const queue: SqsQueue = { url: `${this.url}${path}`, key, maxMessageBytes, messages: [] };
    this.queues.set(path, queue);
    return queue;
  }

  /** From now on, entries with such bodies fail so, while others of their call are taken. */
  refuse(refusal: (body: string) => EntryFault | null): void {
    this.refusals.push(refusal);
  }

  protected handle(call: ReceivedCall): Reply | Promise<Reply> {
    const [service, action] = String(call.headers['x-amz-target'] ?? '').split('.');
    if (call.method !== 'POST' || service !== 'AmazonSQS') {
      return sqsError(400, 'InvalidAction', `The action or operation requested is invalid.`);
    }
    const signed = checkSignature(
      { ...call, search: call.query.toString() },
      {
        service: 'sqs',
        region: this.region,
        secretOf: (key) => this.secrets.get(key),
        payloadHash: sha256(call.body),
      },
    );
    if ('fault' in signed) return sqsError(403, codeOf[signed.fault], signed.message);
    const input = jsonOf(call) as SendBatch & Receive & { ReceiptHandle?: string };
    if (!input?.QueueUrl) return sqsError(400, 'MissingParameter', 'The request must contain the parameter QueueUrl.');
    if (!URL.canParse(input.QueueUrl)) {
      return sqsError(404, 'InvalidAddress', `The address ${input.QueueUrl} is not valid for this endpoint.`);
    }
    const queue = this.queues.get(new URL(input.QueueUrl).pathname);
    if (!queue) {
      const code = 'AWS.SimpleQueueService.NonExistentQueue';
      return sqsError(400, 'QueueDoesNotExist', 'The specified queue does not exist.', code);
    }
    if (queue.key !== signed.key) {
      return sqsError(403, 'AccessDenied', `Access to the resource ${input.QueueUrl} is denied.`);
    }
    if (action === 'SendMessageBatch') return this.send(queue, input.Entries ?? []);
    if (action === 'ReceiveMessage') return answered(receive(queue, input));
    if (action === 'DeleteMessage') return answered(remove(queue, input.ReceiptHandle));
    return sqsError(400, 'InvalidAction', `The action ${action} is not valid for this endpoint.`);
  }

  private send(queue: SqsQueue, entries: BatchEntry[]): Reply {
    const fault = faultOfBatch(entries, queue.maxMessageBytes);
    if (fault) return fault;
    const successful: object[] = [];
    const failed: object[] = [];
    for (const entry of entries) {
      const { Id, MessageBody = '', MessageAttributes = {} } = entry;
      const asked = this.refusals.map((refusal) => refusal(MessageBody)).find((found) => found !== null);
      const found = asked ?? faultOfEntry(entry);
      if (found) {
        failed.push({ Id, ...found });
        continue;
      }
      const id = randomUUID();
      queue.messages.push({ id, body: MessageBody, attributes: MessageAttributes, visibleAt: 0 });
      successful.push({
        Id,
        MessageId: id,
        MD5OfMessageBody: md5(MessageBody),
        ...(Object.keys(MessageAttributes).length > 0
          ? { MD5OfMessageAttributes: md5OfAttributes(MessageAttributes) }
          : {}),
      });
    }
    return answered({
      ...(successful.length > 0 ? { Successful: successful } : {}),
      ...(failed.length > 0 ? { Failed: failed } : {}),
    });
  }
}

/** What refuses a batch whole. */
function faultOfBatch(entries: BatchEntry[], maxBytes: number): Reply | null {
  const refuse = (code: string, message: string) => sqsError(400, code, message, `AWS.SimpleQueueService.${code}`);
  if (entries.length === 0) return refuse('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) {
    return refuse('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  }
  if (entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id))) {
    return refuse('InvalidBatchEntryId', 'A batch entry id can only contain alphanumeric characters, - and _.');
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    return refuse('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id in the request.');
  }
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes <= maxBytes) return null;
  return refuse(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`,
  );
}

function receive(
  queue: SqsQueue,
  { MaxNumberOfMessages = 1, VisibilityTimeout = 30, MessageAttributeNames = [] }: Receive,
) {
  const isAsked = (name: string) => MessageAttributeNames.some((asked) => ['All', '.*', name].includes(asked));
  const found = queue.messages
    .filter(({ visibleAt }) => visibleAt <= Date.now())
    .slice(0, Math.min(MaxNumberOfMessages, 10));
  const messages = found.map((message) => {
    message.visibleAt = Date.now() + VisibilityTimeout * 1000;
    const attributes = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => isAsked(name)));
    return {
      MessageId: message.id,
      ReceiptHandle: message.id,
      Body: message.body,
      MD5OfBody: md5(message.body),
      ...(Object.keys(attributes).length > 0
        ? { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }
        : {}),
    };
  });
  return messages.length > 0 ? { Messages: messages } : {};
}

function remove(queue: SqsQueue, handle: string | undefined): object {
  const at = queue.messages.findIndex(({ id }) => id === handle);
  if (at >= 0) queue.messages.splice(at, 1);
  return {};
}
