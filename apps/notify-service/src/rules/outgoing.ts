import type { EntityManager } from 'typeorm';
import type { OutboxMessage, OutboxRelay, OutboxRepository } from '@groundswell/persistence';

/** Messages written in a transaction, and published once it is committed. */
export class Outgoing {
  constructor(
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly relay: Pick<OutboxRelay, 'hasRoom' | 'offer'>,
  ) {}

  /** What it returns is to be called after the commit. */
  async write(manager: EntityManager, messages: OutboxMessage[]): Promise<() => void> {
    const isClaimed = this.relay.hasRoom(messages);
    const rows = await this.outbox.insert(manager, messages, isClaimed);
    return () => {
      if (isClaimed && rows.length > 0) this.relay.offer(rows);
    };
  }
}
