import type { EntityManager } from 'typeorm';
import type { EraseContactV1 } from '@groundswell/contracts';
import { ReferenceAliasRepository } from '../references/reference-alias.repository';
import { ErasureRepository, type ErasureCounts } from './erasure.repository';

/**
 * Carries out the commands to erase what an org holds of a person (processing.md §3.2). The tombstone was committed before
 * the command was published, so nothing accepted before it is stored afterwards. Twice is safe: a command with a receipt
 * is left alone, and erasing what is gone finds nothing.
 */
export class ContactEraser {
  /** Needs the locks of the persons' partitions. The references are the present ones; what is kept under former ones goes as well. */
  async apply(manager: EntityManager, commands: EraseContactV1[]): Promise<void> {
    if (commands.length === 0) return;
    const erasures = new ErasureRepository(manager);
    const known = await erasures.known(commands.map(({ id }) => id));
    for (const { id, orgId, ref, erasedAt } of new Map(commands.map((one) => [one.id, one])).values()) {
      if (known.has(id)) continue;
      const counts: ErasureCounts[] = [];
      for (const one of [ref, ...(await this.formerOf(manager, ref))]) {
        counts.push(await erasures.erase({ orgId, ref: one, erasedAt: new Date(erasedAt) }));
      }
      await erasures.noteReceipt(id, sumOf(counts));
    }
  }

  private async formerOf(manager: EntityManager, ref: string): Promise<string[]> {
    return (await new ReferenceAliasRepository(manager).formerOf([ref])).map(({ former }) => former);
  }
}

const sumOf = (counts: readonly ErasureCounts[]): ErasureCounts => {
  const sum = (place: keyof ErasureCounts): number => counts.reduce((total, one) => total + one[place], 0);
  return {
    contacts: sum('contacts'),
    supporters: sum('supporters'),
    attachments: sum('attachments'),
    outbox: sum('outbox'),
    parked: sum('parked'),
    messagesSent: sum('messagesSent'),
    messagesLeaving: sum('messagesLeaving'),
  };
};
