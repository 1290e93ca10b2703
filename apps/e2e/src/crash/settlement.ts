import { connect } from 'amqplib';
import type { Pool } from 'pg';
import { ingestQueue, partitionCount, stageMessageId, systemQueues } from '@groundswell/contracts';
import { actionStatusCode, supporterStatusCode } from '@groundswell/domain';
import type { CounterDeltas } from './counter-recount';
import type { LedgerEntry } from './crash-client';
import { pause } from './crash-fleet';
import type { Arrivals } from './queue-log';

export interface Books {
  sql: Pool;
  /** The broker's administrator. */
  amqpUrl: string;
  /** Tokens of this run start with it. */
  run: string;
  ledger: ReadonlyMap<string, LedgerEntry>;
  arrivals: Arrivals;
  /** Null where nobody has listened from the start. */
  counters: CounterDeltas | null;
}

/** What is wrong, by kind; nothing at all in the end. */
export type Faults = Record<string, unknown[]>;
export interface Settled {
  faults: Faults;
  stored: number;
  seconds: number;
}

interface StoredAction {
  id: number;
  token: string;
  status: number;
  supporterStatus: number | null;
  ref: string | null;
  withConsent: boolean;
}

const shownPerKind = 10;
const delivered = [actionStatusCode('delivered'), actionStatusCode('repeat')];

/** Waits until nothing is wrong any more, twice in a row with the same figures; when nothing came nearer to that for `patienceMs`,
 *  says what still is. */
export async function settle(books: Books, patienceMs: number): Promise<Settled> {
  const startedAt = Date.now();
  const clean: { stored: number; at: number }[] = [];
  let best = { stored: -1, open: Infinity, at: startedAt };
  for (;;) {
    const at = Date.now();
    const { faults, stored, open } = await audit(books);
    const isClean = open === 0;
    const [first] = clean;
    if (isClean && clean.at(-1)?.stored === stored && first) {
      return { faults, stored, seconds: (first.at - startedAt) / 1000 };
    }
    if (stored > best.stored || open < best.open) {
      best = { stored: Math.max(stored, best.stored), open: Math.min(open, best.open), at };
    }
    if (at > best.at + patienceMs) return { faults, stored, seconds: (at - startedAt) / 1000 };
    if (isClean) clean.push({ stored, at });
    else clean.length = 0;
    // A look at a hundred thousand actions takes its time from those who store them.
    await pause(Math.max(500, Date.now() - at));
  }
}

async function audit(books: Books): Promise<{ faults: Faults; stored: number; open: number }> {
  const actions = await storedActions(books);
  const findings: Faults = {
    ...ledgerFaults(books, actions),
    ...stageFaults(books, actions),
    ...messageFaults(books, actions),
    'queues that do not deliver': books.arrivals.unreadable,
    'left unlinked': await leftUnlinked(books, actions),
    'broken ranks': await brokenRanks(books.sql),
    'waiting or parked': await leftovers(books),
    'counter deltas': (await books.counters?.differences(books.sql)) ?? [],
  };
  const faults = Object.entries(findings).filter(([, list]) => list.length > 0);
  return {
    faults: Object.fromEntries(
      faults.map(([kind, list]) => [`${kind}: ${list.length}`, list.slice(0, shownPerKind)] as const),
    ),
    stored: actions.length,
    open: faults.reduce((sum, [, list]) => sum + list.length, 0),
  };
}

async function storedActions({ sql, run }: Books): Promise<StoredAction[]> {
  const { rows } = await sql.query<StoredAction>(
    `select a.id::int, a.fields->>'token' as token, a.processing_status::int as status, a.with_consent as "withConsent",
            s.processing_status::int as "supporterStatus", convert_from(a.ref, 'UTF8') as ref
       from actions.actions a left join actions.supporters s on s.id = a.supporter_id
      where a.fields->>'token' like $1 || '-%'`,
    [run],
  );
  return rows;
}

function ledgerFaults({ ledger }: Books, actions: StoredAction[]): Faults {
  const times = new Map<string, number>();
  for (const { token } of actions) times.set(token, (times.get(token) ?? 0) + 1);
  const stored = (token: string): number => times.get(token) ?? 0;
  const all = [...ledger];
  return {
    lost: all.filter(([token, { accepted }]) => stored(token) < accepted).map(([token]) => token),
    doubled: all.filter(([token, { sent }]) => stored(token) > sent).map(([token]) => token),
    extra: [...times.keys()].filter((token) => !ledger.has(token)),
  };
}

/** Signatures are delivered, or wait for their org's decision; shares go with their supporter. */
function stageFaults({ ledger }: Books, actions: StoredAction[]): Faults {
  const isAtItsStage = ({ token, status, supporterStatus, withConsent, ref }: StoredAction): boolean => {
    const entry = ledger.get(token);
    if (!entry || (entry.kind === 'sign') !== withConsent) return false;
    if (supporterStatus === null) return !withConsent && ref !== null && status === actionStatusCode('new');
    const isWaiting =
      supporterStatus === supporterStatusCode('confirming') && status === actionStatusCode('new') && ref === null;
    const isDelivered =
      supporterStatus === supporterStatusCode('accepted') && delivered.includes(status) && ref === null;
    return entry.page.isConfirming ? isWaiting : isDelivered;
  };
  return { 'not at its stage': actions.filter((action) => !isAtItsStage(action)) };
}

/** One stable id per message: of the stage that the action is at, to the page's org. */
function messageFaults({ ledger, arrivals }: Books, actions: StoredAction[]): Faults {
  const known = new Set(actions.map(({ id }) => id));
  const missing: unknown[] = [];
  const wrong: unknown[] = [];
  for (const { id, token, supporterStatus, withConsent } of actions) {
    const entry = ledger.get(token);
    if (!entry || supporterStatus === null) continue;
    const { orgId, isConfirming } = entry.page;
    const ids = [...(arrivals.idsByAction.get(id) ?? [])];
    const isExpected = withConsent || !isConfirming;
    const expected = stageMessageId(id, isConfirming ? 'supporter_confirm' : 'deliver', orgId);
    if (isExpected && ids.length === 0) missing.push({ id, token });
    else if (ids.some((got) => got !== expected || !isExpected)) wrong.push({ id, token, ids });
  }
  return {
    'no message': missing,
    'other message ids': wrong,
    'messages of no action': [...arrivals.idsByAction.keys()].filter((id) => !known.has(id)),
  };
}

/** Shares whose reference some contact of the same org carries, or is. */
async function leftUnlinked({ sql, ledger }: Books, actions: StoredAction[]): Promise<unknown[]> {
  const waiting = actions.filter(({ supporterStatus }) => supporterStatus === null);
  if (waiting.length === 0) return [];
  const refs = [...new Set(waiting.map(({ ref }) => ref ?? ''))];
  const { rows } = await sql.query<{ orgId: number; ref: string }>(
    `select r.org_id::int as "orgId", convert_from(r.ref, 'UTF8') as ref from actions.supporter_refs r
      where convert_from(r.ref, 'UTF8') = any($1::text[])
     union
     select p.org_id::int, known.ref from unnest($1::text[], $2::bytea[]) as known (ref, fingerprint)
       join actions.supporters s on s.fingerprint = known.fingerprint
       join catalog.action_pages p on p.id = s.action_page_id`,
    [refs, refs.map((ref) => Buffer.from(ref, 'base64url'))],
  );
  const carried = new Set(rows.map(({ orgId, ref }) => `${orgId}:${ref}`));
  return waiting.filter(({ token, ref }) => carried.has(`${ledger.get(token)?.page.orgId}:${ref}`));
}

/** People of one campaign whose accepted signatures are not ranked 0 … n − 1. */
async function brokenRanks(sql: Pool): Promise<unknown[]> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select campaign_id, encode(fingerprint, 'base64') as ref, array_agg(dupe_rank order by id) as ranks
       from actions.supporters where processing_status = $1 group by campaign_id, fingerprint
     having count(*) filter (where dupe_rank = 0) <> 1 or count(distinct dupe_rank) <> count(*)
         or min(dupe_rank) <> 0 or max(dupe_rank) <> count(*) - 1`,
    [supporterStatusCode('accepted')],
  );
  return rows;
}

/** Outbox, spool, parked rows, and queues of ours that should be empty. */
async function leftovers({ sql, amqpUrl }: Books): Promise<unknown[]> {
  const tables = ['actions.outbox', 'catalog.outbox', 'actions.parked', 'catalog.parked', 'topology.parked'];
  const counts = await Promise.all(
    tables.map(async (name) => {
      const { rows } = await sql.query<{ n: number }>(`select count(*)::int as n from ${name}`);
      return { name, n: rows[0]?.n ?? 0 };
    }),
  );
  const ingest = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));
  const depths = await queueDepths(amqpUrl, [...ingest, systemQueues.retry, systemQueues.dead]);
  return [...counts, ...depths].filter(({ n }) => n > 0);
}

/** Ready messages by queue, as the queues themselves say. */
export async function queueDepths(amqpUrl: string, queues: string[]): Promise<{ name: string; n: number }[]> {
  const model = await connect(amqpUrl);
  try {
    const channel = await model.createChannel();
    const depths: { name: string; n: number }[] = [];
    for (const name of queues) depths.push({ name, n: (await channel.checkQueue(name)).messageCount });
    return depths;
  } finally {
    await model.close().catch(() => undefined);
  }
}
