import type { Pool } from 'pg';
import { stageMessageId, systemQueues, webhookQueue } from '@groundswell/contracts';
import type { TestOrg } from '../campaign-world';
import { pause } from './crash-fleet';
import { countOf } from './mail-audit';
import type { PushEndpoint, SeenAction } from './push-endpoint';
import { queueDepths, type Faults } from './settlement';

export interface PushBooks {
  sql: Pool;
  /** The broker's administrator. */
  amqpUrl: string;
  endpoint: PushEndpoint;
  org: TestOrg;
  /** Tokens of this run start with it. */
  run: string;
  accepted: ReadonlySet<string>;
}

interface StoredPush {
  actionId: number;
  messageId: string;
  state: string;
  error: string | null;
}

interface Findings {
  /** Token → action. */
  actions: Map<string, number>;
  pushes: StoredPush[];
  /** By token. */
  seen: Map<string, SeenAction>;
  leftovers: unknown[];
}

export interface PushFigures {
  actions: number;
  byState: Record<string, number>;
  /** Calls that reached the endpoint, and those of them for an action that had come before. */
  calls: number;
  repeats: number;
  /** Of the repeats, those of an action that had been answered with 2xx. */
  takenAgain: number;
  /** Why what failed did. */
  reasons: Record<string, number>;
}

export interface PushesSettled {
  faults: Faults;
  figures: PushFigures;
  seconds: number;
}

const shownPerKind = 10;
const isWaiting = ({ state }: StoredPush): boolean => state === 'waiting' || state === 'sending';

/** Waits until every push has its end. The schedule of the retries is not waited for: what has to wait is made due. */
export async function settlePushes(books: PushBooks, deadlineMs: number): Promise<PushesSettled> {
  const startedAt = Date.now();
  for (;;) {
    const findings = await find(books);
    const { actions, pushes, leftovers } = findings;
    const isOver =
      actions.size >= books.accepted.size &&
      pushes.length >= actions.size &&
      !pushes.some(isWaiting) &&
      leftovers.length === 0;
    if (isOver || Date.now() > startedAt + deadlineMs) {
      const faults = faultsOf(books, findings);
      return { faults, figures: figuresOf(findings), seconds: (Date.now() - startedAt) / 1000 };
    }
    await makePushesDue(books.sql);
    await pause(500);
  }
}

/** What is wrong at this moment. */
export const pushFaults = async (books: PushBooks): Promise<Faults> => faultsOf(books, await find(books));

/** Neither the schedule of retries nor the rest of an endpoint that failed is waited for. */
export async function makePushesDue(sql: Pool): Promise<void> {
  await sql.query(`update forwarder.pushes set due_at = now() where state = 'waiting' and due_at > now()`);
  await sql.query(
    `update forwarder.endpoints e set rests_until = now()
      where rests_until > now()
        and not exists (select from forwarder.pushes p where p.org_id = e.org_id and p.state = 'sending')`,
  );
}

async function find({ sql, amqpUrl, endpoint, org, run }: PushBooks): Promise<Findings> {
  const { rows: actions } = await sql.query<{ id: number; token: string }>(
    `select a.id::int, a.fields->>'token' as token from actions.actions a
       join catalog.action_pages p on p.id = a.action_page_id
      where a.fields->>'token' like $1 || '-%' and p.org_id = $2`,
    [run, org.id],
  );
  const { rows: pushes } = await sql.query<StoredPush>(
    `select action_id::int as "actionId", message_id as "messageId", state, last_error as error
       from forwarder.pushes where org_id = $1`,
    [org.id],
  );
  const { rows: parked } = await sql.query(`select * from forwarder.parked`);
  const depths = await queueDepths(amqpUrl, [webhookQueue(org.name), systemQueues.retry, systemQueues.dead]);
  return {
    actions: new Map(actions.map(({ id, token }) => [token, id])),
    pushes,
    seen: endpoint.actions,
    leftovers: [...parked, ...depths.filter(({ n }) => n > 0)],
  };
}

function faultsOf(books: PushBooks, { actions, pushes, seen, leftovers }: Findings): Faults {
  const { accepted, org } = books;
  const idOf = (actionId: number): string => stageMessageId(actionId, 'deliver', org.id);
  const expected = new Set([...actions.values()].map(idOf));
  const stored = new Set(pushes.map(({ messageId }) => messageId));
  const takenIds = new Set([...seen.values()].filter(({ taken }) => taken > 0).map(({ actionId }) => idOf(actionId)));
  const isOwn = ([, { actionId, ids }]: [string, SeenAction]) => ids.size === 1 && ids.has(idOf(actionId));
  const findings: Faults = {
    'accepted and not stored': [...accepted].filter((token) => !actions.has(token)),
    'accepted and never answered with 2xx': [...accepted].filter((token) => !seen.get(token)?.taken),
    'arrived and never accepted': [...seen.keys()].filter((token) => !accepted.has(token)),
    'ids that are not the one of their action': [...seen].filter((entry) => !isOwn(entry)).map(shown),
    'another body in a repeat': [...seen].filter(([, { bodies }]) => bodies.size > 1).map(shown),
    'stored without a push': [...expected].filter((id) => !stored.has(id)),
    'pushes of no action': pushes.filter(({ messageId }) => !expected.has(messageId)),
    'waiting or sending': pushes.filter(isWaiting),
    'without a reason': pushes.filter(({ state, error }) => state !== 'delivered' && !error),
    'delivered and never answered with 2xx': pushes.filter(
      ({ state, messageId }) => state === 'delivered' && !takenIds.has(messageId),
    ),
    'left in queues, or parked': leftovers,
  };
  const faults = Object.entries(findings).filter(([, list]) => list.length > 0);
  return Object.fromEntries(
    faults.map(([kind, list]) => [`${kind}: ${list.length}`, list.slice(0, shownPerKind)] as const),
  );
}

const shown = ([token, { ids, calls }]: [string, SeenAction]) => ({ token, ids: [...ids], calls });

function figuresOf({ actions, pushes, seen }: Findings): PushFigures {
  const sum = (count: (action: SeenAction) => number): number =>
    [...seen.values()].reduce((total, action) => total + count(action), 0);
  return {
    actions: actions.size,
    byState: countOf(pushes.map(({ state }) => state)),
    calls: sum(({ calls }) => calls),
    repeats: sum(({ calls }) => calls - 1),
    takenAgain: sum(({ taken }) => Math.max(0, taken - 1)),
    reasons: countOf(pushes.filter(({ state }) => state !== 'delivered').map(({ error }) => error ?? '')),
  };
}
