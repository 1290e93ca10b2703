import { ingestQueue, orgQueuePurpose, partitionCount, stageMessageIdSql } from '@groundswell/contracts';
import { actionStatusCode, actionStatusFromCode, supporterStatusCode } from '@groundswell/domain';
import { fault, listed, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import { groupedBy } from '../grouped-by';
import type { DoctorDatabase } from '../sources/database';
import type { Sources } from '../sources/sources';

/** Actions looked at in one statement. */
const actionsAtOnce = 20_000;
/** Enough to know that something is wrong, and what. */
const mostMissing = 1_000;
/** A step follows in the transaction that makes it possible; one that is missing is not on its way. */
const stepWithin = '10 minutes';

interface Missing {
  actionId: number;
  orgId: number;
  stage: string;
}

const isKnown = (messageId: string): string => `
  exists (select from actions.outbox_sent s where s.message_id = ${messageId})
  or exists (select from actions.outbox o where o.message_id = ${messageId})`;

/** Stages whose message is nowhere: not waiting, and neither sent nor known to have no reader nor erased. One statement sees
 *  one moment, and actions and messages are written by one transaction. */
const missing = `
with part as materialized (
  select id, supporter_id, action_page_id, processing_status as status from actions.actions
   where id > $1 and id <= $2 and supporter_id is not null and processing_status = any($3::smallint[]))
select part.id::float8 as "actionId", c.org_id::int as "orgId", 'deliver' as stage
  from part join actions.contacts c on c.supporter_id = part.supporter_id
 where part.status <> $4 and not (${isKnown(stageMessageIdSql('part.id', 'deliver', 'c.org_id'))})
union all
select part.id::float8, p.org_id::int, 'action_confirm'
  from part join catalog.action_pages p on p.id = part.action_page_id
 where part.status = $4 and not (${isKnown(stageMessageIdSql('part.id', 'action_confirm', 'p.org_id'))})
 limit ${mostMissing}`;
const portionEnd = `
select max(id)::float8 as to from (select id from actions.actions where id > $1 and id <= $2 order by id limit ${actionsAtOnce}) part`;
const largestOffset = Number.MAX_SAFE_INTEGER;
const lookedAt = (['delivered', 'repeat', 'confirming'] as const).map(actionStatusCode);

/** Supporters who were to be asked, and no message of any of their actions asked them. */
const unasked = `
select s.id::float8 as id from actions.supporters s join catalog.action_pages p on p.id = s.action_page_id
 where s.id in (select supporter_id from actions.actions where processing_status = ${actionStatusCode('new')} and id > $1 and id <= $2)
   and s.processing_status = ${supporterStatusCode('confirming')}
   and not exists (select from actions.actions a where a.supporter_id = s.id
                      and (${isKnown(stageMessageIdSql('a.id', 'supporter_confirm', 'p.org_id'))}))
 limit ${mostMissing}`;

/** Actions that could take a step and have not; those whose details are looked up wait for them (email-and-mtt.md §8.2). */
const standing = `
select a.id::float8 as id from actions.actions a join actions.supporters s on s.id = a.supporter_id
 where a.processing_status in (${actionStatusCode('new')}, ${actionStatusCode('accepted')}) and a.id > $1
   and s.processing_status = ${supporterStatusCode('accepted')} and greatest(a.updated_at, s.updated_at) < now() - interval '${stepWithin}'
   and not exists (select from actions.detail_lookups l where l.action_id = a.id)
 limit ${mostMissing}`;

/** Only what this fleet accepted: rows that a migration brought have no messages. No index leads here, so it is asked once. */
const accepted = 'select distinct action_id::float8 as id from actions.submissions where action_id = any($1::bigint[])';

/** Every stored action stands where its messages say: each stage it has passed has its message (design.md §1.1, §3.6). */
export class MessagesCheck implements Check {
  readonly id = 'messages';
  readonly title = 'every accepted submission is accounted for';
  readonly settles = true;

  async look(sources: Sources, { newestActions }: DoctorSettings): Promise<Look> {
    const database = await sources.database();
    const { first, last } = await this.range(database, newestActions);
    const gone = await this.missing(database, first, last);
    const waiting = await database.query<{ id: number }>(unasked, [first, last]);
    const stuck = await database.query<{ id: number }>(standing, [first]);
    const findings: Finding[] = [...groupedBy(gone, ({ orgId, stage }) => `${stage} to org ${orgId}`)].map(
      ([about, found]) =>
        fault(
          about,
          `no message was sent or waits for ${countOf(found)}: ${listed(found.map(({ actionId }) => actionId))}`,
        ),
    );
    if (waiting.length > 0) {
      findings.push(
        fault('unasked', `supporters to confirm whom nobody asked: ${listed(waiting.map(({ id }) => id))}`),
      );
    }
    if (stuck.length > 0) {
      findings.push(fault('standing', `actions that should have gone on: ${listed(stuck.map(({ id }) => id))}`));
    }
    return { findings, figures: await this.ledger(sources, database, first, last) };
  }

  /** Ids above `first`, up to `last`: the newest actions of this moment. */
  private async range(database: DoctorDatabase, newestActions: number): Promise<{ first: number; last: number }> {
    const [row] = await database.query<{ first: number; last: number }>(
      `select coalesce((select id from actions.actions order by id desc offset $1 limit 1), 0)::float8 as first,
              coalesce((select max(id) from actions.actions), 0)::float8 as last`,
      [Number.isFinite(newestActions) ? newestActions : largestOffset],
    );
    return row ?? { first: 0, last: 0 };
  }

  private async missing(database: DoctorDatabase, first: number, last: number): Promise<Missing[]> {
    const found: Missing[] = [];
    for (let from = first; from < last && found.length < mostMissing;) {
      const [row] = await database.query<{ to: number }>(portionEnd, [from, last]);
      const to = row?.to ?? last;
      found.push(...(await database.query<Missing>(missing, [from, to, lookedAt, actionStatusCode('confirming')])));
      from = to;
    }
    if (found.length === 0) return [];
    const ids = await database.query<{ id: number }>(accepted, [found.map(({ actionId }) => actionId)]);
    const ours = new Set(ids.map(({ id }) => id));
    return found.filter(({ actionId }) => ours.has(actionId));
  }

  /** Where accepted submissions are, from the spool to the queues of orgs. */
  private async ledger(sources: Sources, database: DoctorDatabase, first: number, last: number) {
    const [waits] = await database.query<{ spooled: number; outbox: number; pushes: number }>(
      `select (select count(*)::int from catalog.outbox where exchange = 'ingest' and lane = 0) as spooled,
              (select count(*)::int from actions.outbox) as outbox,
              (select count(*)::int from forwarder.pushes where state in ('waiting', 'sending')) as pushes`,
    );
    const stored = await database.query<{ status: number; n: number }>(
      `select processing_status::int as status, count(*)::int as n from actions.actions where id > $1 and id <= $2
        group by 1 order by 1`,
      [first, last],
    );
    const queues = sources.has.broker ? await sources.broker().queues() : [];
    const partitions = new Set(Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition)));
    const depth = (isMeant: (name: string) => boolean): number =>
      queues.filter(({ name }) => isMeant(name)).reduce((sum, { messages = 0 }) => sum + messages, 0);
    return {
      spool: waits?.spooled ?? 0,
      partitions: depth((name) => partitions.has(name)),
      ...Object.fromEntries(stored.map(({ status, n }) => [actionStatusFromCode(status), n])),
      outbox: waits?.outbox ?? 0,
      'queues of orgs': depth((name) => orgQueuePurpose(name) !== null),
      pushes: waits?.pushes ?? 0,
    };
  }
}

const countOf = (list: readonly unknown[]): string =>
  list.length >= mostMissing ? `${mostMissing} or more` : String(list.length);
