import { connect, type Channel } from 'amqplib';
import { crmQueue } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';
import type { CrashPage } from './crash-client';
import { pause } from './crash-fleet';

export interface Neighbour {
  org: TestOrg;
  page: CrashPage;
  queue: string;
  /** Its own software's login. */
  login: string;
}

/** An org with a campaign and a page, whose ORG.crm is confirmed. */
export async function aNeighbour(fleet: TestFleet): Promise<Neighbour> {
  const org = await anOrg(fleet);
  const page = await aPage(org, await aCampaign(org));
  return {
    org,
    page: { ...page, orgId: org.id, isConfirming: false },
    queue: crmQueue(org.name),
    login: await fleet.crmLogin(org.id),
  };
}

/** What an org's own queue suffers while nobody reads it. */
export interface Trouble {
  name: 'full' | 'deleted' | 'unread';
  /** Settings of topology-service under which it comes soon. */
  topology: Record<string, string>;
  /** Resolves when the trouble is there. */
  begin(fleet: TestFleet, troubled: Neighbour): Promise<void>;
  /** Keeps it up for so long; returns what to say about it. */
  keepUp(fleet: TestFleet, troubled: Neighbour, ms: number): Promise<string>;
}

interface QueueSetState {
  isConfirmed: boolean;
  isFull: boolean;
  /** Messages of its lane that wait to be published. */
  waiting: number;
}

async function queueSetOf({ sql }: TestFleet, { org }: Neighbour): Promise<QueueSetState> {
  const { rows } = await sql.query<QueueSetState>(
    `select state = 'confirmed' as "isConfirmed", is_full as "isFull",
            (select count(*)::int from actions.outbox where lane = $1) as waiting
       from topology.queue_sets where scope = 'org:' || $1`,
    [org.id],
  );
  return rows[0] ?? { isConfirmed: false, isFull: false, waiting: 0 };
}

/** Quorum queues report their size every 5 s. */
const reportMs = 30_000;
const neverFull = { QUEUE_STOP_BYTES: String(256 * 1024 * 1024), QUEUE_MAX_BYTES: String(512 * 1024 * 1024) };

/** On a channel of its own: a queue that is gone just now costs the channel, and nothing else. */
async function asAdministrator<T>(fleet: TestFleet, work: (channel: Channel) => Promise<T>): Promise<T> {
  const model = await connect(fleet.home.infra.amqpUrl);
  try {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    return await work(channel);
  } finally {
    await model.close();
  }
}

const deleteBehindTheFleet = (fleet: TestFleet, queue: string): Promise<unknown> =>
  asAdministrator(fleet, (channel) => channel.deleteQueue(queue));

const unreadIn = async (fleet: TestFleet, queue: string): Promise<number> =>
  (await asAdministrator(fleet, (channel) => channel.checkQueue(queue))).messageCount;

const unread: Trouble = {
  name: 'unread',
  topology: neverFull,
  begin: async () => undefined,
  keepUp: async (fleet, { queue }, ms) => {
    await pause(ms);
    return `${await unreadIn(fleet, queue)} unread messages`;
  },
};

const full: Trouble = {
  name: 'full',
  // The broker's own limit stays out of reach, as in an installation: what was sent before the relay knew found room.
  topology: { QUEUE_STOP_BYTES: String(64 * 1024), QUEUE_MAX_BYTES: String(64 * 1024 * 1024), QUEUE_LOOK_MS: '500' },
  begin: async (fleet, troubled) => {
    await waitFor(async () => (await queueSetOf(fleet, troubled)).isFull, reportMs);
  },
  keepUp: async (fleet, troubled, ms) => {
    await pause(ms);
    const { isFull, waiting } = await queueSetOf(fleet, troubled);
    if (!isFull) throw new Error('the queue was not full to the end');
    return `${waiting} messages wait in the outbox`;
  },
};

const deleted: Trouble = {
  name: 'deleted',
  topology: neverFull,
  begin: async (fleet, { queue }) => {
    await deleteBehindTheFleet(fleet, queue);
  },
  keepUp: async (fleet, troubled, ms) => {
    const until = performance.now() + ms;
    let deletions = 1;
    let isMissed = false;
    while (performance.now() < until) {
      await pause(100);
      const { isConfirmed } = await queueSetOf(fleet, troubled);
      isMissed ||= !isConfirmed;
      if (!isMissed || !isConfirmed) continue;
      await deleteBehindTheFleet(fleet, troubled.queue);
      deletions += 1;
      isMissed = false;
    }
    return `deleted ${deletions} times`;
  },
};

export const troubles: readonly Trouble[] = [unread, deleted, full];

/** At a steady rate some are always on their way. */
const inHand = 20;

/** Resolves when the org's messages flow again: its queues confirmed and not full, no backlog in its lane nor unread. */
export async function flowsAgain(fleet: TestFleet, troubled: Neighbour): Promise<void> {
  await waitFor(async () => {
    const { isConfirmed, isFull, waiting } = await queueSetOf(fleet, troubled);
    if (!isConfirmed || isFull || waiting > inHand) return false;
    return (await unreadIn(fleet, troubled.queue)) <= inHand;
  });
}
