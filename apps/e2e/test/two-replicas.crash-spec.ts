import { randomBytes } from 'node:crypto';
import { partitionCount } from '@groundswell/contracts';
import type { Service } from '@groundswell/fleet';
import { seededRandom, waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage, aSignature, newEmail, signMutation, type TestPage } from '../src/campaign-world';
import { CrashClient } from '../src/crash/crash-client';
import { pause } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { aCrashWorld, listen } from '../src/crash/crash-world';
import { consumersByPartition, sharesOf } from '../src/crash/partition-shares';
import { settle } from '../src/crash/settlement';
import { TestFleet } from '../src/test-fleet';

const rounds = setting('CRASH_ROUNDS', 2);
const pairCount = setting('CRASH_PAIRS', 100);
/** Pairs under way at once. */
const concurrency = 10;
/** By when the partitions must be shared evenly again, counted from the last start. */
const sharedWithinMs = 30_000;
const evenly = [partitionCount / 2, partitionCount / 2];

/** What goes on while people sign. */
interface Circumstance {
  /** Of each worker after a pair: spreads them over what goes on. */
  pauseMs: number;
  end: () => Promise<unknown>;
}

interface PairEnd {
  person: string;
  ranks: number[];
  pages: number;
  statuses: number[];
}

describe('two replicas of ingest behind two gateways', () => {
  let fleet: TestFleet;
  let replicas: [Service, Service];
  let gateways: [ApiClient, ApiClient];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'action-ingest': { REPLICA_ID: 'first' } });
    const second = await fleet.startOne('action-ingest', { REPLICA_ID: 'second' }, 'action-ingest-2');
    const gateway = await fleet.startOne('api-gateway', {}, 'api-gateway-2');
    await Promise.all([second, gateway].map((service) => service.ready({ deadlineMs: 60_000 })));
    replicas = [fleet.service('action-ingest'), second];
    gateways = [fleet.anonymous, new ApiClient(gateway.url)];
    await sharedEvenly();
  });
  afterAll(() => fleet?.stop());

  /** Resolves with the milliseconds it took. */
  const sharedEvenly = async (): Promise<number> => {
    const since = performance.now();
    await waitFor(async () => {
      const shares = sharesOf(await consumersByPartition(fleet.home.infra));
      return shares?.join() === evenly.join();
    }, sharedWithinMs);
    return performance.now() - since;
  };

  it('share the partitions evenly within 30 s of a rolling restart, and lose nobody meanwhile', async () => {
    const world = await aCrashWorld(fleet);
    await listen(fleet, world);
    const run = `r${randomBytes(4).toString('hex')}`;
    const client = new CrashClient({
      random: seededRandom(setting('CRASH_SEED', 1)),
      run,
      pages: world.pages,
      gatewayUrls: () => gateways.map(({ gatewayUrl }) => gatewayUrl),
      concurrency: 12,
    });
    client.start();
    await waitFor(() => client.accepted >= 50);
    const sharedAfterMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [first, last] = replicas;
      await first.restart();
      await first.ready({ deadlineMs: 60_000 });
      await last.restart();
      sharedAfterMs.push(Math.round(await sharedEvenly()));
    }
    await client.stop();
    const { sql } = fleet;
    const { amqpUrl } = fleet.home.infra;
    const books = { sql, amqpUrl, run, ledger: client.ledger, arrivals: world.arrivals, counters: null };
    const { faults, stored, seconds } = await settle(books, 120_000);
    await world.arrivals.stop();
    const { sent, accepted, unknown } = client;
    const sharesAfterwards = sharesOf(await consumersByPartition(fleet.home.infra));
    report('two-replicas', { sent, accepted, unknown, stored, sharedAfterMs, settleSeconds: seconds, faults });
    expect(faults).toEqual({});
    expect(unknown).toBe(0);
    expect(stored).toBe(accepted);
    expect(sharesAfterwards).toEqual(evenly);
  });

  /** A person's two signatures at the same instant, one through each gateway. */
  const signTwice = async (email: string, pages: [TestPage, TestPage]): Promise<void> => {
    const answers = await Promise.all(
      gateways.map((gateway, index) =>
        gateway.ask<{ addActionContact: { contactRef: string } }>(
          signMutation,
          aSignature(pages[index] as TestPage, {
            action: { actionType: 'register', customFields: JSON.stringify({ person: email }) },
            contact: { firstName: 'Twice', email, address: { country: 'pl' } },
          }),
        ),
      ),
    );
    for (const { data } of answers) expect(data?.addActionContact.contactRef).toEqual(expect.any(String));
  };
  const signAll = async (people: string[], pages: [TestPage, TestPage], pauseMs: number): Promise<void> => {
    const [first, second] = pages;
    let next = 0;
    const sign = async (): Promise<void> => {
      while (next < people.length) {
        const index = next;
        next += 1;
        await signTwice(people[index] as string, index % 2 === 0 ? [first, first] : [first, second]);
        await pause(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, sign));
  };
  const endsOf = async (people: string[]): Promise<PairEnd[]> => {
    const { rows } = await fleet.sql.query<PairEnd>(
      `select a.fields->>'person' as person, array_agg(s.dupe_rank order by s.dupe_rank) as ranks,
              count(distinct a.action_page_id)::int as pages,
              array_agg(a.processing_status::int order by s.dupe_rank) as statuses
         from actions.actions a join actions.supporters s on s.id = a.supporter_id
        where a.fields->>'person' = any($1) group by 1`,
      [people],
    );
    return rows;
  };
  const [delivered, repeat] = [4, 5];
  const isRight = ({ ranks, pages, statuses }: PairEnd): boolean =>
    ranks.join() === '0,1' && statuses.join() === [delivered, pages === 1 ? repeat : delivered].join();

  /** Neither replica hears of the other, so both consume everything, until it is called off. */
  const keepApart = (): { end: () => Promise<void> } => {
    let isOver = false;
    const forgetting = (async () => {
      while (!isOver) {
        await fleet.sql.query('delete from actions.replicas');
        await pause(20);
      }
    })();
    return {
      end: () => {
        isOver = true;
        return forgetting;
      },
    };
  };
  const bothConsumeEverything = () =>
    waitFor(async () => (await consumersByPartition(fleet.home.infra)).every(({ length }) => length === 2));

  const circumstances: [name: string, begin: () => Promise<Circumstance>][] = [
    ['sharing the partitions', () => Promise.resolve({ pauseMs: 0, end: () => Promise.resolve() })],
    [
      'both consuming all of them',
      async () => {
        const { end } = keepApart();
        await bothConsumeEverything();
        return { pauseMs: 0, end };
      },
    ],
    [
      'while one is restarted and then the other',
      () => {
        const [first, last] = replicas;
        const restarts = first
          .restart()
          .then(() => first.ready({ deadlineMs: 60_000 }))
          .then(() => last.restart());
        return Promise.resolve({ pauseMs: 500, end: () => restarts });
      },
    ],
  ];

  it.each(circumstances)('rank one of two equal signatures 0 and the other 1, %s', async (_, begin) => {
    const org = await anOrg(fleet);
    const campaign = await aCampaign(org);
    const pages: [TestPage, TestPage] = [await aPage(org, campaign), await aPage(org, campaign)];
    const people = Array.from({ length: pairCount }, newEmail);
    const { pauseMs, end } = await begin();
    await signAll(people, pages, pauseMs);
    await end();
    await waitFor(async () => {
      const ends = await endsOf(people);
      return ends.length === pairCount && ends.every(({ ranks }) => ranks.length === 2);
    });
    const ends = await endsOf(people);
    expect(ends.filter((pair) => !isRight(pair))).toEqual([]);
    expect(ends.filter(({ pages: used }) => used === 2)).toHaveLength(Math.floor(pairCount / 2));
    expect(await sharedEvenly()).toBeLessThan(sharedWithinMs);
    const { rows: parked } = await fleet.sql.query('select queue, reason from actions.parked');
    expect(parked).toEqual([]);
  });
});
