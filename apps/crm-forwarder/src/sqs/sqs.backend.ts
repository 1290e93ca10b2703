import { createHash } from 'node:crypto';
import type { SendMessageBatchResult } from '@aws-sdk/client-sqs';
import { AwsRequestHandler, HttpCaller } from '@groundswell/http';
import type { OutgoingPush, PushBackend, PushEndpoint, PushResult } from '../pushing/push-backend';
import { SqsClients } from './sqs-clients';
import { callsBySize, entryOf, maxCallBytes, type SqsEntry } from './sqs-entry';
import { resultOfEntry, resultOfSqsError } from './sqs-result';
import { targetOf, type SqsSettings, type SqsTarget } from './sqs-target';

/** All of a call alike, or each by its position. */
type CallResult = PushResult | Map<number, PushResult>;

/** A push ends within two timeouts, however slow SQS is: who waits for it holds a lease. */
const notCalled: PushResult = {
  outcome: 'retry',
  error: 'not called: the calls before took too long',
  ofEndpoint: true,
};
const notMentioned: PushResult = { outcome: 'retry', error: 'the answer says nothing of this message' };

/** Pushes to a queue of Amazon SQS (processing.md §8.3). A call that is repeated because its answer was lost leaves its
 *  messages in the queue twice: readers know them by their ids. */
export class SqsBackend implements PushBackend {
  readonly batchSize = 10;
  private readonly handler: AwsRequestHandler;
  private readonly clients: SqsClients;

  constructor(private readonly settings: SqsSettings) {
    const { connectTimeoutMs, timeoutMs, allowPrivate, origin } = settings;
    // An origin is named by the operator.
    const allowed = { allowPrivate: allowPrivate || origin !== undefined };
    const caller = new HttpCaller({ userAgent: 'groundswell-forwarder', connectTimeoutMs, timeoutMs, ...allowed });
    this.handler = new AwsRequestHandler(caller);
    this.clients = new SqsClients(this.handler);
  }

  async push(endpoint: PushEndpoint, pushes: readonly OutgoingPush[]): Promise<PushResult[]> {
    const target = targetOf(endpoint, this.settings);
    if ('fault' in target) return pushes.map(() => ({ outcome: 'retry', error: target.fault, ofEndpoint: true }));
    const entries = pushes.map(entryOf);
    const results = new Map(entries.filter(isTooLarge).map((entry) => [entry.position, tooLarge(entry)]));
    const calls = callsBySize(entries.filter((entry) => !isTooLarge(entry)));
    const endsAt = performance.now() + this.settings.timeoutMs;
    let stop: PushResult | undefined;
    for (let call = calls.shift(); call; call = calls.shift()) {
      const late = performance.now() < endsAt ? undefined : notCalled;
      const found = stop ?? late ?? (await this.call(endpoint.serviceId, target, call));
      if (blames(found) && call.length > 1) calls.unshift(...halves(call));
      else for (const { position } of call) results.set(position, resultAt(found, position));
      if (endsTheRest(found)) stop = found;
    }
    return entries.map(({ position }) => results.get(position) ?? notMentioned);
  }

  async close(): Promise<void> {
    await this.handler.drain();
    this.clients.close();
  }

  private async call(serviceId: number, target: SqsTarget, entries: readonly SqsEntry[]): Promise<CallResult> {
    try {
      const { SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
      const client = await this.clients.of(serviceId, target);
      const answer = await client.send(
        new SendMessageBatchCommand({ QueueUrl: target.queueUrl, Entries: entries.map(({ entry }) => entry) }),
      );
      return resultsOf(entries, answer, answer.$metadata.httpStatusCode);
    } catch (error) {
      return resultOfSqsError(error);
    }
  }
}

function resultsOf(
  entries: readonly SqsEntry[],
  { Successful = [], Failed = [] }: SendMessageBatchResult,
  status = 200,
): Map<number, PushResult> {
  const results = new Map<number, PushResult>();
  for (const { position, entry } of entries) {
    const taken = Successful.find(({ Id }) => Id === entry.Id);
    const refused = Failed.find(({ Id }) => Id === entry.Id);
    if (refused) results.set(position, { status, ...resultOfEntry(refused) });
    else if (!taken) results.set(position, { status, ...notMentioned });
    else if (taken.MD5OfMessageBody !== createHash('md5').update(entry.MessageBody).digest('hex')) {
      results.set(position, { status, outcome: 'retry', error: 'what SQS took is not what was sent: MD5 differs' });
    } else results.set(position, { status, outcome: 'delivered', excerpt: `MessageId ${taken.MessageId ?? ''}` });
  }
  return results;
}

const isTooLarge = ({ bytes }: SqsEntry): boolean => bytes > maxCallBytes;

const tooLarge = ({ bytes }: SqsEntry): PushResult => ({
  outcome: 'failed',
  error: `message of ${bytes} bytes with its attributes: SQS takes ${maxCallBytes} at most`,
});

/** Whether some message of the call is at fault, and which one is not said. */
const blames = (result: CallResult): boolean => !(result instanceof Map) && result.outcome === 'failed';

const endsTheRest = (result: CallResult): result is PushResult =>
  !(result instanceof Map) && result.outcome === 'retry' && result.ofEndpoint === true;

const resultAt = (result: CallResult, position: number): PushResult =>
  result instanceof Map ? (result.get(position) ?? notMentioned) : result;

function halves(call: readonly SqsEntry[]): SqsEntry[][] {
  const middle = Math.ceil(call.length / 2);
  return [call.slice(0, middle), call.slice(middle)];
}
