import { randomUUID } from 'node:crypto';
import { AnswerStream } from './answer-stream';
import type { AnswerBody } from './answer-stream';
import { isObject, readFrame, writeFrame } from './phoenix-frames';
import type { PhoenixFrame, PhoenixVersion } from './phoenix-frames';
import type { SocketClient } from './socket-client';
import { closeCodes } from './socket-connection';
import type { SocketConnection } from './socket-connection';
import type { SocketOperations } from './socket-operations';

const controlTopic = '__absinthe__:control';

type Payload = PhoenixFrame['payload'];

/** The one Phoenix channel that GraphQL clients use, on one connection (graphql-api.md §1.12). Documents are answered one
 *  after the other, as they were sent. */
export class PhoenixChannel {
  private readonly subscriptions = new Map<string, AnswerStream>();
  /** Null while the channel is not joined; another object after each join. */
  private membership: object | null = null;
  private lastDocument: Promise<void> = Promise.resolve();

  constructor(
    private readonly version: PhoenixVersion,
    private readonly connection: SocketConnection,
    private readonly client: SocketClient,
    private readonly operations: SocketOperations,
    /** Told of what must not happen; closes the connection. */
    private readonly fail: (error: unknown) => void,
  ) {}

  receive(text: string): void {
    const frame = readFrame(this.version, text);
    if (!frame) return this.connection.close(closeCodes.protocolError, 'Malformed message');
    if (frame.topic === 'phoenix' && frame.event === 'heartbeat') return this.reply(frame, 'ok', {});
    if (frame.topic !== controlTopic) return this.reply(frame, 'error', { reason: 'unmatched topic' });
    if (frame.event === 'phx_join') return this.join(frame);
    if (!this.membership) return this.reply(frame, 'error', { reason: 'unmatched topic' });
    switch (frame.event) {
      case 'doc':
        return this.queueDocument(frame);
      case 'unsubscribe':
        return this.unsubscribe(frame);
      case 'phx_leave':
        this.reply(frame, 'ok', {});
        return this.leave();
      default:
        return this.reply(frame, 'error', { reason: 'unknown event' });
    }
  }

  leave(): void {
    this.membership = null;
    for (const id of this.subscriptions.keys()) this.end(id);
  }

  private join(frame: PhoenixFrame): void {
    this.leave();
    this.membership = {};
    this.reply(frame, 'ok', {});
  }

  private unsubscribe(frame: PhoenixFrame): void {
    const { subscriptionId } = frame.payload;
    if (typeof subscriptionId !== 'string') return this.reply(frame, 'error', { reason: 'no subscriptionId' });
    this.end(subscriptionId);
    this.reply(frame, 'ok', { subscriptionId });
  }

  private queueDocument(frame: PhoenixFrame): void {
    if (this.operations.isBusy(this.client)) {
      return this.reply(frame, 'error', { errors: [{ message: 'Too many documents at once' }] });
    }
    const { membership } = this;
    const answered = this.lastDocument.then(() => this.answer(frame, membership));
    this.lastDocument = this.client.track(answered.catch((error: unknown) => this.fail(error)));
  }

  private async answer(frame: PhoenixFrame, membership: object | null): Promise<void> {
    const { payload } = frame;
    const variables = payload['variables'] ?? {};
    if (variables !== '' && !isObject(variables)) {
      return this.reply(frame, 'error', { error: 'Could not parse variables as map' });
    }
    const ready = this.operations.prepare(payload);
    if ('errors' in ready) return this.replyBody(frame, { errors: ready.errors.map((error) => error.toJSON()) });
    if (ready.operation.kind !== 'subscription') {
      return this.replyBody(frame, await this.operations.run(ready, this.client));
    }
    const started = await this.operations.subscribe(ready, this.client);
    if (!(started instanceof AnswerStream)) return this.replyBody(frame, started);
    if (this.membership !== membership) return void (await started.return());
    const subscriptionId = `__absinthe__:doc:${randomUUID()}`;
    this.subscriptions.set(subscriptionId, started);
    this.reply(frame, 'ok', { subscriptionId });
    this.pushAll(subscriptionId, started).catch((error: unknown) => this.fail(error));
  }

  private async pushAll(subscriptionId: string, stream: AnswerStream): Promise<void> {
    for await (const result of stream) {
      const payload = { result, subscriptionId };
      this.send({ joinRef: null, ref: null, topic: subscriptionId, event: 'subscription:data', payload });
    }
  }

  private end(subscriptionId: string): void {
    this.subscriptions.get(subscriptionId)?.return().catch(this.fail);
    this.subscriptions.delete(subscriptionId);
  }

  /** Only errors: status `error`; data beside errors, even null, is an answer. */
  private replyBody(frame: PhoenixFrame, body: AnswerBody): void {
    this.reply(frame, 'data' in body ? 'ok' : 'error', body as Payload);
  }

  private reply({ joinRef, ref, topic }: PhoenixFrame, status: 'ok' | 'error', response: Payload): void {
    this.send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } });
  }

  private send(frame: PhoenixFrame): void {
    this.connection.send(writeFrame(this.version, frame));
  }
}
