import type { EntityManager } from 'typeorm';
import type { EraseContactV1 } from '@groundswell/contracts';
import { canonicalRef } from '../storing/reference';
import { ErasureRepository } from './erasure.repository';

/**
 * Carries out the commands to erase what an org holds of a person (processing.md §3.2). The tombstone was committed before
 * the command was published, so nothing accepted before it is stored afterwards. Twice is safe: a command with a receipt
 * is left alone, and erasing what is gone finds nothing.
 */
export class ContactEraser {
  /** Needs the locks of the persons' partitions. */
  async apply(manager: EntityManager, commands: EraseContactV1[]): Promise<void> {
    if (commands.length === 0) return;
    const erasures = new ErasureRepository(manager);
    const known = await erasures.known(commands.map(({ id }) => id));
    for (const { id, orgId, ref, erasedAt } of new Map(commands.map((one) => [one.id, one])).values()) {
      if (known.has(id)) continue;
      const scope = { orgId, ref: canonicalRef(ref), erasedAt: new Date(erasedAt) };
      await erasures.noteReceipt(id, await erasures.erase(scope));
    }
  }
}
