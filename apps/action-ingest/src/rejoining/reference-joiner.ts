import type { EntityManager } from 'typeorm';
import { exchanges, ingestKey, type LinkActionsV1 } from '@groundswell/contracts';
import { encodeRef, uuidV7 } from '@groundswell/crypto';
import { byteaArray, Database, OutboxRelay, OutboxRepository, type OutboxMessage } from '@groundswell/persistence';
import { partitionOf } from '../storing/reference';

/** Actions looked at in one transaction, further ones follow in the next; and put into one command. */
const limit = 5_000;
const commandLimit = 500;

interface JoinedRow {
  supporter_id: number;
  fingerprint: Buffer;
  action_ids: number[];
}

/**
 * Joins carried references and unlinked actions that two partitions wrote at the same moment, neither seeing the other
 * (processing.md §5.5). What belongs together goes to the supporter's partition as a command. Twice is safe: an action
 * that is linked already is left alone there.
 */
export class ReferenceJoiner {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
  ) {}

  /** For references just written, after their commit: whichever of two crossing batches commits last sees both. */
  async joinRefs(refs: string[]): Promise<void> {
    if (refs.length === 0) return;
    const found = 'select a.id, a.ref, a.action_page_id from actions.actions a where a.ref = any($1::bytea[])';
    await this.join(found, [byteaArray(refs.map((ref) => Buffer.from(ref)))]);
  }

  /** For whatever was written since, by the database's clock: after a crash between commit and `joinRefs`. */
  async joinSince(from: Date): Promise<void> {
    await this.join(
      `select a.id, a.ref, a.action_page_id from actions.actions a where a.ref is not null and a.updated_at > $1
       union
       select a.id, a.ref, a.action_page_id from actions.supporter_refs r
         join actions.actions a on a.ref = r.ref and a.supporter_id is null
        where r.inserted_at > $1`,
      [from],
    );
  }

  /** All of it: what a run leaves out, no later one looks at again. */
  private async join(unlinked: string, parameters: unknown[]): Promise<void> {
    for (let last: number | undefined = 0; last !== undefined;) {
      last = await this.joinAfter(last, unlinked, parameters);
    }
  }

  /** Joins actions with ids above `actionId`; the last id it looked at when there may be more. */
  private async joinAfter(actionId: number, unlinked: string, parameters: unknown[]): Promise<number | undefined> {
    const { joined, claimed } = await this.database.transaction(async (manager) => {
      const joined = await findJoined(manager, actionId, unlinked, parameters);
      const commands = joined.flatMap(toCommands);
      const hasRoom = this.relay.hasRoom(commands);
      const added = await this.outbox.insert(manager, commands, hasRoom);
      return { joined, claimed: hasRoom ? added : [] };
    });
    if (claimed.length > 0) this.relay.offer(claimed);
    const ids = joined.flatMap(({ action_ids: actionIds }) => actionIds);
    return ids.length < limit ? undefined : ids.reduce((last, id) => Math.max(last, id), 0);
  }
}

const findJoined = (
  manager: EntityManager,
  after: number,
  unlinked: string,
  parameters: unknown[],
): Promise<JoinedRow[]> =>
  manager.query(
    `select s.id as supporter_id, s.fingerprint, array_agg(a.id order by a.id) as action_ids
       from (select a.id, latest.supporter_id
               from (${unlinked}) a
               join catalog.action_pages p on p.id = a.action_page_id
               join lateral (select max(r.supporter_id) as supporter_id from actions.supporter_refs r
                              where r.org_id = p.org_id and r.ref = a.ref) latest on latest.supporter_id is not null
              where a.id > ${after} order by a.id limit ${limit}) a
       join actions.supporters s on s.id = a.supporter_id
      group by s.id`,
    parameters,
  );

function toCommands(row: JoinedRow): OutboxMessage[] {
  const messages: OutboxMessage[] = [];
  for (let from = 0; from < row.action_ids.length; from += commandLimit) {
    messages.push(toCommand({ ...row, action_ids: row.action_ids.slice(from, from + commandLimit) }));
  }
  return messages;
}

function toCommand(row: JoinedRow): OutboxMessage {
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
