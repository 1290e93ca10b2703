import { exchanges, ingestKey, partitionCount, type PassMarkV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import type { Database, OutboxMessage, OutboxRepository } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { RemovalPassRepository } from './removal-pass.repository';

export interface PassSettings {
  /** How long a mark rests before a pass begins: longer than a replica may accept by an older catalogue, ms. */
  markRestMs: number;
  /** How long a pass waits after its last command was stored, ms: see passMarginMs. */
  marginMs: number;
}

/** Longer than a batch can be in hand at a replica whose share has changed or whose connection is lost. */
export const passMarginMs = 120_000;
/** A command may have been lost with a damaged queue: then the passes begin anew. */
const givenUpAfterMs = 6 * 3_600_000;

/**
 * Finds out when everything accepted before a deletion mark is stored (design.md §3). A pass sends one command through
 * each partition, once nothing waits in the spool; partitions are first in, first out. Replicas overlap while shares
 * change, so a command may be stored while something older is still in hand elsewhere. Within the margin that is stored
 * or back at the head of its queue, where it may lie for as long as nobody consumes: hence a second pass, whose commands
 * lie behind it. Marks of a pair of ended passes are settled.
 */
export class RemovalPasses {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly settings: PassSettings,
  ) {}

  /** Takes the next step that is possible. Twice is safe. */
  async advance(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const passes = new RemovalPassRepository(manager);
      await passes.lock();
      const open = await passes.findOpen(this.settings.marginMs, givenUpAfterMs);
      if (open && !open.isThrough && !open.isGivenUp) return;
      if (open?.isThrough && open.follows !== null) return passes.end(open.id);
      if (await passes.isSpoolWaiting(exchanges.ingest)) return;
      if (open?.isThrough) {
        await passes.end(open.id);
        return this.begin(manager, passes, open.id);
      }
      if (open) await passes.forget(open.id);
      if (await passes.isWanted(this.settings.markRestMs)) await this.begin(manager, passes, null);
    });
  }

  private async begin(manager: EntityManager, passes: RemovalPassRepository, follows: number | null): Promise<void> {
    const passId = await passes.begin(this.settings.markRestMs, follows);
    const commands = Array.from({ length: partitionCount }, (_, partition) => toCommand(passId, partition));
    await this.outbox.insert(manager, commands, false);
  }
}

function toCommand(passId: number, partition: number): OutboxMessage {
  const command: PassMarkV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'pass_mark',
    passId,
    partition,
  };
  return {
    messageId: command.id,
    lane: 0,
    exchange: exchanges.ingest,
    routingKey: ingestKey(partition),
    type: command.schema,
    headers: {},
    body: JSON.stringify(command),
  };
}
