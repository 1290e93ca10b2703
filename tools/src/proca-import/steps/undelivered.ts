import { createHash } from 'node:crypto';
import { exchanges, ingestKey, partitionCount, type LinkActionsV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef } from '@groundswell/crypto';
import { bytesOfHex } from '../copies/column-types';
import type { Target } from '../target';

const atOnce = 5_000;

/** What the old server's sweep would still have taken up (processing.md §5.5), and shares of people accepted since. */
const unfinished = `
  select distinct s.id, s.fingerprint
    from actions.actions a join actions.supporters s on s.id = a.supporter_id
   where a.processing_status in (0, 3)
     and (s.processing_status = 3 or (s.processing_status = 0 and a.processing_status = 0 and a.with_consent))`;

export const countUndelivered = async (target: Target): Promise<number> => {
  const [row] = await target.rows<{ count: string }>(`select count(*) as count from (${unfinished}) u`);
  return Number(row?.count);
};

/**
 * Has the state machine run over them once the fleet is there: a command each, in the gateway's outbox, which publishes them when it
 * starts. An id of its own per supporter, so a further run adds nothing. Returns commands added.
 */
export async function askForDelivery(target: Target): Promise<number> {
  const rows = await target.rows<{ id: string; ref: string }>(
    `select u.id, u.fingerprint::text as ref from (${unfinished}) u order by u.id`,
  );
  let added = 0;
  for (let from = 0; from < rows.length; from += atOnce) {
    const commands = rows.slice(from, from + atOnce).map(({ id, ref }) => commandFor(Number(id), bytesOfHex(ref)));
    added += await target.inTransaction(() =>
      target.run(
        `insert into catalog.outbox (message_id, lane, exchange, routing_key, type, body)
         select n.message_id, 0, $1, n.routing_key, $2, n.body
           from unnest($3::text[], $4::text[], $5::text[]) as n (message_id, routing_key, body)
          where not exists (select from catalog.outbox_sent s where s.message_id = n.message_id)
         on conflict (message_id) do nothing`,
        [
          exchanges.ingest,
          commandSchema,
          commands.map(({ command }) => command.id),
          commands.map(({ routingKey }) => routingKey),
          commands.map(({ command }) => JSON.stringify(command)),
        ],
      ),
    );
  }
  return added;
}

const commandSchema = 'groundswell:command:1';

/** Without ids of actions it links none, and takes every step that is possible now. */
function commandFor(supporterId: number, ref: Buffer): { command: LinkActionsV1; routingKey: string } {
  const command: LinkActionsV1 = {
    schema: commandSchema,
    id: commandId(supporterId),
    at: new Date().toISOString(),
    kind: 'link_actions',
    supporterId,
    ref: encodeRef(ref),
    actionIds: [],
  };
  return { command, routingKey: ingestKey(partitionOfRef(ref, partitionCount)) };
}

/** UUID of version 8 (RFC 9562 §5.8), the same at every run. */
function commandId(supporterId: number): string {
  const bytes = createHash('sha256').update(`groundswell:proca-import:${supporterId}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
