import type { ParkedChunkAnswerV1 } from '@groundswell/contracts';
import type { Publisher, PublishResult } from '@groundswell/messaging';
import type { Database, OwnedSchema, ParkedChunk, ParkedRow, ParkedSelection } from '@groundswell/persistence';
import { homeOf, homesAmong, homeward, ParkedRows } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

/** What one request takes: some 0.1 s of work, well within the time whoever asked waits. */
const chunk: ParkedChunk = { rows: 100, bytes: 4 * 1024 * 1024 };

/**
 * Replays and drops parked messages, a chunk at a time. A replayed message goes home through exchange `system.retry` under the
 * id it had, and its row is gone once the broker has it; what the broker did not confirm stays parked. Should the process or the database
 * go between confirm and commit, the chunk stays parked too, and a second replay sends the same ids again: readers drop repeats
 * by them.
 */
export class ParkedOperations {
  private readonly rows: ParkedRows;

  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    private readonly publisher: Pick<Publisher, 'publish'>,
    schema: OwnedSchema,
  ) {
    this.rows = new ParkedRows(schema);
  }

  replay(selection: ParkedSelection): Promise<ParkedChunkAnswerV1> {
    return this.database.transaction(async (manager) => {
      const taken = await this.rows.take(manager, selection, chunk);
      const faults = await this.sendHome(manager, taken);
      const kept = taken.filter(({ id }) => faults.has(id));
      await this.rows.putBack(manager, kept);
      const fault = kept[0] ? (faults.get(kept[0].id) ?? null) : null;
      return { done: taken.length - kept.length, kept: kept.length, fault, next: taken.at(-1)?.id ?? null };
    });
  }

  drop(selection: ParkedSelection): Promise<ParkedChunkAnswerV1> {
    return this.database.transaction(async (manager) => {
      const taken = await this.rows.take(manager, selection, chunk);
      return { done: taken.length, kept: 0, fault: null, next: taken.at(-1)?.id ?? null };
    });
  }

  /** Why a row was not sent, by its id. */
  private async sendHome(manager: EntityManager, rows: readonly ParkedRow[]): Promise<Map<string, string>> {
    const homes = await homesAmong(manager, rows);
    const faults = new Map<string, string>();
    await Promise.all(
      rows.map(async (row) => {
        const home = homeOf(row, homes);
        const fault = 'fault' in home ? home.fault : await this.faultOfPublish(row, home.queue);
        if (fault !== null) faults.set(row.id, fault);
      }),
    );
    return faults;
  }

  private async faultOfPublish(row: ParkedRow, queue: string): Promise<string | null> {
    try {
      const result = await this.publisher.publish(homeward(row, queue));
      return result.status === 'confirmed' ? null : textOf(result);
    } catch {
      // What cannot be written as a message holds up no other.
      return 'no message can be made of it';
    }
  }
}

function textOf(result: Exclude<PublishResult, { status: 'confirmed' }>): string {
  return result.status === 'returned' ? 'no queue took it' : `broker unavailable: ${result.reason}`;
}
