import { exchanges, requestKey, requestQueue } from '@groundswell/contracts';
import { Rpc } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import type { FixesWorld } from './fixes.fixture';

/** Stands in for a service that answers the gateway's requests: keeps what it was asked, and answers with `reply`. */
export class ServiceStandIn<R> {
  readonly asked: R[] = [];
  reply!: object;

  constructor(
    private readonly name: string,
    private readonly contract: { parse(body: unknown): R },
  ) {
    this.beginAnew();
  }

  async start({ fleet: { vhost }, gateway }: FixesWorld): Promise<void> {
    await vhost.declareExchange(exchanges.reply);
    const queue = requestQueue(this.name);
    await vhost.declareQueue(queue, { exchange: exchanges.ingest, key: requestKey(this.name) });
    await vhost.channel.consume(
      queue,
      (message) => {
        if (!message) return;
        const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string };
        this.asked.push(this.contract.parse(JSON.parse(message.content.toString('utf8'))));
        vhost.channel.publish(exchanges.reply, replyTo, Buffer.from(JSON.stringify(this.reply)), { correlationId });
      },
      { noAck: true },
    );
    await waitFor(() => gateway.app.get(Rpc).isOpen);
  }

  /** Asked nothing yet; answers that something has changed. */
  beginAnew(): void {
    this.asked.length = 0;
    this.reply = { ok: true, value: { outcome: 'changed' } };
  }
}
