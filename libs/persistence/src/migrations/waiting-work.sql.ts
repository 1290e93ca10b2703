import { ownedSchemas, schemaOwner, type OwnedSchema } from '../ownership/owned-schema';

/**
 * Views over everything that waits, is being done or needs a person, whoever owns it (background-jobs.md §9): counts, never contents.
 * One row per kind, owner, name, org and reason. Of what is kept for ever only rows that partial indexes find are counted, so
 * that looking costs as much as there is to see.
 */

type JobsOwner = 'actions' | 'notify' | 'stats' | 'catalog';
const jobOwners: JobsOwner[] = ['actions', 'notify', 'stats', 'catalog'];
/** Schemas of services that consume queues. */
export const consumingSchemas: OwnedSchema[] = ['actions', 'notify', 'mail', 'stats', 'mtt', 'forwarder', 'topology'];

interface Source {
  kind: string;
  owner: OwnedSchema;
  name: string;
  orgId?: string;
  waiting?: string;
  delayed?: string;
  active?: string;
  failed?: string;
  dead?: string;
  oldestAt?: string;
  reason?: string;
  isPaused?: string;
  from: string;
}

const select = (source: Source): string => `
select '${source.kind}'::text, '${schemaOwner[source.owner]}'::text, (${source.name})::text, (${source.orgId ?? 'null'})::bigint,
       (${source.waiting ?? '0'})::float8, (${source.delayed ?? '0'})::float8, (${source.active ?? '0'})::float8,
       (${source.failed ?? '0'})::float8, (${source.dead ?? '0'})::float8, (${source.oldestAt ?? 'null'})::timestamptz,
       (${source.reason ?? 'null'})::text, ${source.isPaused ?? 'false'}
  from ${source.from}`;

/**
 * Words with a digit (numbers, ids) vary from one to the next, and those with an @ are addresses, which providers repeat: what is
 * left is why, and about nobody.
 */
const reasonOf = (column: string): string =>
  `left(regexp_replace(${column}, '[^[:space:]]*[0-9@][^[:space:]]*', '#', 'g'), 120)`;
const count = (condition: string): string => `count(*) filter (where ${condition})`;

/** Submissions that wait for the broker are in the gateway's outbox. */
const spooled = `exchange = 'ingest' and lane = 0`;
const outboxes = ownedSchemas.map((owner) =>
  select({
    kind: 'outbox',
    owner,
    name: `'outbox'`,
    orgId: 'lane',
    waiting: 'count(*)',
    oldestAt: 'min(created_at)',
    from: `${owner}.outbox${owner === 'catalog' ? ` where not (${spooled})` : ''} group by lane`,
  }),
);
const spool = select({
  kind: 'spool',
  owner: 'catalog',
  name: `'spool'`,
  waiting: 'count(*)',
  oldestAt: 'min(created_at)',
  from: `catalog.outbox where ${spooled} having count(*) > 0`,
});

/** Those that wait are counted in their index. */
const openJobs = (owner: JobsOwner): string =>
  (
    [
      ['queued', 'null'],
      ['running', 'null'],
      ['failed', reasonOf('last_error')],
    ] as const
  )
    .map(
      ([state, why]) => `select type, org_id, state, due_at, ${why} as why from ${owner}.jobs where state = '${state}'`,
    )
    .join(' union all ');
const jobs = jobOwners.flatMap((owner) => [
  select({
    kind: 'jobs',
    owner,
    name: 'type',
    orgId: 'org_id',
    waiting: count(`state = 'queued' and due_at <= now()`),
    delayed: count(`state = 'queued' and due_at > now()`),
    active: count(`state = 'running'`),
    failed: count(`state = 'failed'`),
    oldestAt: `min(due_at) filter (where state = 'queued' and due_at <= now())`,
    reason: 'why',
    from: `(${openJobs(owner)}) j group by type, org_id, why`,
  }),
  select({ kind: 'jobs', owner, name: 'type', isPaused: 'true', from: `${owner}.job_pauses` }),
]);

const openMails = (state: string): string =>
  `select kind, org_id, state, created_at, greatest(next_attempt_at, not_before) as due_at, null::text as why
     from mail.deliveries where state = '${state}' and mailing_id is null`;
/** Single mails that failed stay for ever: only so many of the newest are asked why, the rest are counted in their index. */
const mostMailReasons = 10_000;
const failedMail = `state in ('failed', 'unknown') and mailing_id is null`;
const lastUnasked = `coalesce((select id from mail.deliveries where ${failedMail} order by id desc offset ${mostMailReasons} limit 1), 0)`;
const failedMails = (comparison: string, why: string): string =>
  `select kind, org_id, state, null, null, ${why} from mail.deliveries where ${failedMail} and id ${comparison} ${lastUnasked}`;
const mails = select({
  kind: 'mail',
  owner: 'mail',
  name: 'kind',
  orgId: 'org_id',
  waiting: count(`state = 'queued' and due_at <= now()`),
  delayed: count(`state = 'queued' and due_at > now()`),
  active: count(`state = 'sending'`),
  failed: count(`state = 'failed'`),
  dead: count(`state = 'unknown'`),
  oldestAt: `min(created_at) filter (where state = 'queued' and due_at <= now())`,
  reason: 'why',
  from: `(${openMails('queued')} union all ${openMails('sending')} union all ${failedMails('<=', 'null')}
          union all ${failedMails('>', reasonOf('error'))}) m group by kind, org_id, why`,
});
const mailings = select({
  kind: 'mailings',
  owner: 'mail',
  name: `'mailings'`,
  orgId: 'm.org_id',
  waiting: `coalesce(sum(b.recipient_count) filter (where b.state = 'pending'), 0)`,
  active: `coalesce(sum(b.recipient_count) filter (where b.state = 'submitting'), 0)`,
  failed: `coalesce(sum(b.recipient_count) filter (where b.state = 'failed'), 0)`,
  oldestAt: `min(b.created_at) filter (where b.state = 'pending')`,
  from: `mail.mailings m join mail.mailing_batches b on b.mailing_id = m.id
          where m.state in ('pending', 'submitting', 'failed') and b.state <> 'submitted' group by m.org_id`,
});
const mailEvents = select({
  kind: 'mail-events',
  owner: 'mail',
  name: `'webhooks'`,
  waiting: count('attempts = 0'),
  delayed: count('attempts > 0'),
  oldestAt: 'min(received_at)',
  from: 'mail.webhooks where applied_at is null having count(*) > 0',
});
const loops = select({
  kind: 'loops',
  owner: 'mail',
  name: 'name',
  active: count(`status = 'started'`),
  failed: count(`status = 'failed'`),
  reason: 'why',
  from: `(select *, case when status = 'failed' then ${reasonOf('last_error')} end as why from mail.loops) l group by name, why`,
});

const ofTargets = 'dupe_rank = 0 and not testing';
/** Campaigns with messages that wait, are being sent or whose end nobody knows: one index probe for each of the first. */
const openCampaigns = `
with recursive waiting as (
  select min(campaign_id) as campaign_id from mtt.message_states where state = 'pending' and ${ofTargets}
  union all
  select (select min(campaign_id) from mtt.message_states
           where state = 'pending' and ${ofTargets} and campaign_id > waiting.campaign_id)
    from waiting where campaign_id is not null)
select campaign_id from waiting where campaign_id is not null
union
select campaign_id from mtt.message_states where state = 'sending' and ${ofTargets}
union
select campaign_id from mtt.message_states where state = 'unknown' and ${ofTargets}`;
const targetMails = select({
  kind: 'mtt',
  owner: 'mtt',
  name: 'p.campaign_id',
  orgId: 'c.org_id',
  waiting: 'p.pending',
  active: 'coalesce(s.sending, 0)',
  failed: 'p.failed',
  dead: 'p.unknown',
  from: `(${openCampaigns}) o
         cross join lateral (
           select o.campaign_id, coalesce(sum(pending), 0) as pending, coalesce(sum(failed), 0) as failed,
                  coalesce(sum(unknown), 0) as unknown
             from mtt.target_progress t where t.campaign_id = o.campaign_id) p
         left join (select campaign_id, count(*) as sending from mtt.message_states
                     where state = 'sending' and ${ofTargets} group by campaign_id) s
           on s.campaign_id = p.campaign_id
         left join catalog.campaigns c on c.id = p.campaign_id`,
});

const pushesIn = (state: string): string =>
  `select kind, org_id, state, due_at, taken_at, last_error from forwarder.pushes where state = '${state}'`;
const pushes = select({
  kind: 'pushes',
  owner: 'forwarder',
  name: 'kind',
  orgId: 'org_id',
  waiting: count(`state = 'waiting' and due_at <= now()`),
  delayed: count(`state = 'waiting' and due_at > now()`),
  active: count(`state = 'sending'`),
  failed: count(`state = 'failed'`),
  oldestAt: `min(taken_at) filter (where state = 'waiting')`,
  reason: 'why',
  from: `(select *, case when state = 'failed' then ${reasonOf('last_error')} end as why
            from (${['waiting', 'sending', 'failed'].map(pushesIn).join(' union all ')}) s) p group by kind, org_id, why`,
});

const awaiting = select({
  kind: 'awaiting',
  owner: 'notify',
  name: `'opt-in'`,
  orgId: 'org_id',
  waiting: 'count(*)',
  oldestAt: 'min(kept_at)',
  from: `notify.awaiting_messages where state = 'awaiting' group by org_id`,
});
const references = select({
  kind: 'references',
  owner: 'actions',
  name: `'late'`,
  orgId: 'org_id',
  waiting: count('next_at <= now()'),
  delayed: count('next_at > now()'),
  oldestAt: 'min(since)',
  from: `actions.late_references where state = 'waiting' group by org_id`,
});
const enrichments = select({
  kind: 'enrichment',
  owner: 'actions',
  name: 'kind',
  orgId: 'org_id',
  waiting: count(`status = 'queued'`),
  active: count(`status = 'submitted'`),
  oldestAt: `min(requested_at) filter (where status = 'queued')`,
  from: `actions.enrichments where status in ('queued', 'submitted') group by kind, org_id`,
});

/** By whose they say they are: a queue's name may have been another org's before. */
const parked = ownedSchemas.map((owner) =>
  select({
    kind: 'parked',
    owner,
    name: 'queue',
    orgId: 'of_org',
    dead: 'count(*)',
    oldestAt: 'min(parked_at)',
    reason: 'reason',
    from: `(select queue, reason, parked_at, substring(headers->>'org_id' from '^[1-9][0-9]{0,8}$') as of_org
              from ${owner}.parked) p group by queue, reason, of_org`,
  }),
);
const pauses = consumingSchemas.map((owner) =>
  select({ kind: 'broker', owner, name: 'queue', isPaused: 'true', from: `${owner}.consumer_pauses` }),
);

/** Schema topology, whose owner samples it. */
export const waitingWorkView = `
create view topology.waiting_work
  (kind, owner, name, org_id, waiting, delayed, active, failed, dead, oldest_at, reason, is_paused) as
${[
  ...[...outboxes, spool, ...jobs, mails, mailings, mailEvents, loops, targetMails],
  ...[pushes, awaiting, references, enrichments, ...parked, ...pauses],
].join('\nunion all')}`;

const lastMinute = (column: string): string => `${column} > now() - interval '1 minute'`;

const sent = ownedSchemas.map(
  (owner) => `
select 'outbox', '${schemaOwner[owner]}', 'outbox', lane, count(*)::float8, 0::float8
  from ${owner}.outbox_sent where ${lastMinute('sent_at')} group by lane`,
);
const jobsDone = jobOwners.map(
  (owner) => `
select 'jobs', '${schemaOwner[owner]}', type, org_id, ${count(`state <> 'failed'`)}::float8, ${count(`state = 'failed'`)}::float8
  from (select type, org_id, state from ${owner}.jobs where state in ('complete', 'canceled') and ${lastMinute('finished_at')}
        union all
        select type, org_id, state from ${owner}.jobs where state = 'failed' and ${lastMinute('finished_at')}) j
 group by type, org_id`,
);
const pushesDone = `
select 'pushes', 'crm-forwarder', p.kind, a.org_id, ${count(`a.outcome = 'delivered'`)}::float8,
       ${count(`a.outcome <> 'delivered'`)}::float8
  from forwarder.push_attempts a join forwarder.pushes p on p.id = a.push_id
 where ${lastMinute('a.attempted_at')} group by p.kind, a.org_id`;

/** What was done and what failed in the last minute, where it is known without scanning. */
export const workDoneView = `
create view topology.work_done (kind, owner, name, org_id, done, errors) as
${[...sent, ...jobsDone, pushesDone].join('\nunion all')}`;
