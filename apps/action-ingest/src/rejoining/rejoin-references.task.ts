import { exchanges, ingestKey, type LinkActionsV1 } from '@groundswell/contracts';
import { encodeRef, uuidV7 } from '@groundswell/crypto';
import { Database, OutboxRepository, type OutboxMessage, type ScheduledTask } from '@groundswell/persistence';
import { partitionOf } from '../storing/reference';

/** Looked at in the first run of a process: whatever was written while no job ran. */
const firstRangeMs = 24 * 3_600_000;
/** Transactions may commit after rows with later times: each run looks this far behind the last one. */
const overlapMs = 5 * 60_000;
/** Links made per run; the rest follows in the next. */
const limit = 1_000;

/**
 * Joins carried references and unlinked actions that two partitions wrote at the same moment, neither seeing the other
 * (processing.md §5.5). What belongs together goes to the supporter's partition as a command. Twice is safe: an action
 * that is linked already is left alone there.
 */
export class RejoinReferencesTask implements ScheduledTask {
  readonly id = 'rejoin-references';

  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    readonly everyMs: number,
  ) {}

  async run({ since, until }: { since: Date | null; until: Date }): Promise<void> {
    const from = new Date(since ? since.getTime() - overlapMs : until.getTime() - firstRangeMs);
    await this.database.transaction(async (manager) => {
      const rows: { supporter_id: number; fingerprint: Buffer; action_ids: number[] }[] = await manager.query(
        `select s.id as supporter_id, s.fingerprint, array_agg(a.id) as action_ids
           from (select a.id, a.ref, a.action_page_id from actions.actions a
                  where a.ref is not null and a.updated_at > $1
                 union
                 select a.id, a.ref, a.action_page_id from actions.supporter_refs r
                   join actions.actions a on a.ref = r.ref and a.supporter_id is null
                  where r.inserted_at > $1) a
           join catalog.action_pages p on p.id = a.action_page_id
           join lateral (select max(r.supporter_id) as supporter_id from actions.supporter_refs r
                          where r.org_id = p.org_id and r.ref = a.ref) latest on latest.supporter_id is not null
           join actions.supporters s on s.id = latest.supporter_id
          group by s.id limit ${limit}`,
        [from],
      );
      await this.outbox.insert(manager, rows.map(toCommand), false);
    });
  }
}

function toCommand(row: { supporter_id: number; fingerprint: Buffer; action_ids: number[] }): OutboxMessage {
  const ref = encodeRef(row.fingerprint);
  const command: LinkActionsV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'link_actions',
    supporterId: row.supporter_id,
    ref,
    actionIds: row.action_ids,
  };
  return {
    messageId: command.id,
    lane: 0,
    exchange: exchanges.ingest,
    routingKey: ingestKey(partitionOf(ref)),
    type: command.schema,
    headers: {},
    body: JSON.stringify(command),
  };
}
