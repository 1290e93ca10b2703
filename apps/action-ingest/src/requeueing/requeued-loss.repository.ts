import type { EntityManager } from 'typeorm';
import { exchanges, orgQueuePurpose, stageMessageIdPattern, type OrgQueuePurpose } from '@groundswell/contracts';
import { preparedQuery, textArray } from '@groundswell/persistence';
import { stagesOf } from './requeue-destination';

/** A loss that topology-service found and repaired, and how far sending again has come. */
export interface OpenLoss {
  lossId: number;
  orgId: number;
  queue: string;
  /** Null for a queue that is no org's own: nothing here can be sent again. */
  purpose: OrgQueuePurpose | null;
  isNoted: boolean;
  /** This one and the others of its queue that are open. */
  sameQueueIds: string[];
  /** Of sending times to note next, as Postgres spells them; `infinity` at last. */
  span: { since: string; until: string };
  requeued: number;
  /** Count by reason. */
  skipped: Record<string, number>;
}

/** Span of outbox_sent noted in one statement: two million rows at the rate of a national campaign. */
const notedSpan = `interval '1 hour'`;

/** Losses, and the ids of messages each still has to send again. */
export class RequeuedLossRepository {
  /** Takes over losses that topology-service has repaired since. Returns the ids of all that are not done, oldest first. */
  async openIds(manager: EntityManager): Promise<number[]> {
    await manager.query(
      `insert into actions.requeued_losses (loss_id, org_id, queue, noted_to)
       select id, org_id, queue, lost_from from topology.losses l
        where rebuilt_at is not null and org_id is not null
          and not exists (select from actions.requeued_losses r where r.loss_id = l.id)
       on conflict do nothing`,
    );
    const rows: { loss_id: number }[] = await manager.query(
      'select loss_id from actions.requeued_losses where done_at is null order by loss_id',
    );
    return rows.map((row) => row.loss_id);
  }

  /** Locked until the end of the transaction; null while another process has it, or once it is done. */
  async lock(manager: EntityManager, lossId: number): Promise<OpenLoss | null> {
    const [row] = await preparedQuery<LossRow>(
      manager,
      `select loss_id, org_id, queue, is_noted, requeued, skipped, noted_to::text as since,
              case when noted_to + ${notedSpan} < now() - interval '1 minute' then noted_to + ${notedSpan}
                else 'infinity' end::text as until,
              array(select o.loss_id::text from actions.requeued_losses o where o.queue = l.queue and o.done_at is null) as same_queue
         from actions.requeued_losses l
        where loss_id = $1 and done_at is null for update skip locked`,
      [lossId],
    );
    if (!row) return null;
    return {
      lossId: row.loss_id,
      orgId: row.org_id,
      queue: row.queue,
      purpose: orgQueuePurpose(row.queue),
      isNoted: row.is_noted,
      sameQueueIds: row.same_queue,
      span: { since: row.since, until: row.until },
      requeued: row.requeued,
      skipped: row.skipped,
    };
  }

  /**
   * Notes the next hour of what the broker had confirmed. A message sent again for another queue of the org moves to a
   * later time or waits in the outbox; so the hours go upwards, and the last statement takes all that is left together
   * with the outbox, in one view of both. Events bear no action in their id: they are counted.
   */
  async noteNext(manager: EntityManager, { lossId, orgId, purpose, queue, span }: OpenLoss): Promise<void> {
    const patterns = purpose === null ? [] : stagesOf(purpose).map((stage) => stageMessageIdPattern(stage, orgId));
    const takesEvents = purpose === 'crm' || purpose === 'webhook';
    await manager.query(
      `with sent as (
         select message_id from actions.outbox_sent
          where sent_at >= $2::timestamptz and sent_at < $3::timestamptz and lane = $4 and outcome = 'sent'
         union all
         select message_id from actions.outbox
          where $3::timestamptz = 'infinity' and lane = $4
            and (claimed_until is not null or (exchange = $5 and routing_key <> $6))),
       noted as (
         insert into actions.requeue_candidates (loss_id, message_id)
         select $1, message_id from sent
          where message_id ~ any($7::text[])
            and not exists (select from actions.requeues r
                             where r.number = (substring(message_id from ':r([0-9]+)$'))::bigint and r.queue <> $8)
         on conflict do nothing),
       events as (select count(*)::int as n from sent where $9::boolean and message_id like 'event:%')
       update actions.requeued_losses l
          set noted_to = least($3::timestamptz, now()), is_noted = $3::timestamptz = 'infinity',
              skipped = case when events.n = 0 then l.skipped
                else l.skipped || jsonb_build_object('event', coalesce((l.skipped->>'event')::int, 0) + events.n) end
         from events where l.loss_id = $1`,
      [lossId, span.since, span.until, orgId, exchanges.retry, queue, textArray(patterns), purpose ?? '', takesEvents],
    );
  }

  /** Up to `limit` noted ids after `after` that do not wait in the outbox, in the order of the text. */
  async page(manager: EntityManager, lossId: number, after: string, limit: number): Promise<string[]> {
    const rows = await preparedQuery<{ message_id: string }>(
      manager,
      `select c.message_id from actions.requeue_candidates c
        where c.loss_id = $1 and c.message_id > $2
          and not exists (select from actions.outbox o where o.message_id = c.message_id)
        order by c.message_id limit $3`,
      [lossId, after, limit],
    );
    return rows.map((row) => row.message_id);
  }

  async hasCandidates(manager: EntityManager, lossId: number): Promise<boolean> {
    const [row] = await preparedQuery<{ is_left: boolean }>(
      manager,
      'select exists (select from actions.requeue_candidates where loss_id = $1) as is_left',
      [lossId],
    );
    return row?.is_left ?? false;
  }

  /** Rows of the org in the outbox, up to `most`. */
  async waiting(manager: EntityManager, orgId: number, most: number): Promise<number> {
    const [row] = await preparedQuery<{ n: number }>(
      manager,
      'select count(*)::int as n from (select from actions.outbox where lane = $1 limit $2) waiting',
      [orgId, most],
    );
    return row?.n ?? 0;
  }

  /**
   * `requeuedIds` stand in the outbox again, so they are no longer sent. Both kinds leave all losses of the queue: each of
   * these was repaired before, so what is sent from now on is safe from it.
   */
  async settle(manager: EntityManager, loss: OpenLoss, requeuedIds: string[], skippedIds: string[]): Promise<void> {
    await preparedQuery(manager, 'delete from actions.outbox_sent where message_id = any($1::text[])', [
      textArray(requeuedIds),
    ]);
    await preparedQuery(
      manager,
      'delete from actions.requeue_candidates where loss_id = any($1::bigint[]) and message_id = any($2::text[])',
      [`{${loss.sameQueueIds.join()}}`, textArray([...requeuedIds, ...skippedIds])],
    );
    await preparedQuery(
      manager,
      'update actions.requeued_losses set requeued = $2, skipped = $3::jsonb where loss_id = $1',
      [loss.lossId, loss.requeued, JSON.stringify(loss.skipped)],
    );
  }

  async finish(manager: EntityManager, lossId: number): Promise<void> {
    await preparedQuery(manager, 'update actions.requeued_losses set done_at = now() where loss_id = $1', [lossId]);
  }
}

interface LossRow {
  loss_id: number;
  org_id: number;
  queue: string;
  is_noted: boolean;
  since: string;
  until: string;
  same_queue: string[];
  requeued: number;
  skipped: Record<string, number>;
}
