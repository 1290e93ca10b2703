import {
  exchanges,
  factKeys,
  factQueue,
  systemQueues,
  targetMailV1,
  type MailOutcomeV1,
  type TargetMailV1,
} from '@groundswell/contracts';
import { TestVhost, waitFor } from '@groundswell/testing';
import { changedActions } from '../../src/news/mtt-news.handler';
import { failClosedWindows } from '../../src/pacing/closed-windows';
import { planCampaigns, type Plan } from '../../src/pacing/plan-campaigns';
import { SweepMessagesTask } from '../../src/intake/sweep-messages.task';
import { factsOf, startApp } from './mtt-app';
import { cycleMs, MttFixture, refOf } from './mtt-fixture';

const noon = '2025-01-06T12:00:30Z';
const flush = '2025-01-08T18:00:00Z';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;

let mtt: MttFixture;
beforeAll(async () => {
  mtt = await MttFixture.create({ softBounceLimit: 2 });
});
afterEach(() => mtt.requests());
afterAll(() => mtt.close());

describe('messages and their ranks', () => {
  it('come of delivered actions of accepted supporters, and only the first of a person goes', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const other = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target, other] });
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    await mtt.aToldAction(campaign, { person: 'ben', targets: [target] });
    await mtt.aToldAction(campaign, { person: 'unconfirmed', targets: [target], status: 0, supporterStatus: 1 });
    await mtt.aToldAction(campaign, { person: 'repeat', targets: [target], status: 5 });
    expect(await mtt.states(campaign)).toEqual(['pending 0', 'pending 0', 'pending 1', 'pending 0']);
  });

  it('go by the time of the action, then by id, in whatever order they become known', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const at = ['2025-01-06T08:02:00Z', '2025-01-06T08:01:00Z', '2025-01-06T08:01:00Z'];
    const actions: number[] = [];
    for (const one of at) actions.push(await mtt.anAction(campaign, { person: 'ann', targets: [target], at: one }));
    for (const one of [0, 2, 1]) await mtt.intake.refresh({ actionIds: [actions[one] as number] });
    expect(await mtt.states(campaign)).toEqual(['pending 2', 'pending 0', 'pending 1']);
  });

  it('a rejected first one makes room for the next before it is handed over, and never after', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const reject = async (actionId: number) => {
      await mtt.sql.query('update actions.actions set processing_status = 2 where id = $1', [actionId]);
      await mtt.intake.refresh({ actionIds: [actionId] });
    };
    const first = await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    const second = await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    await reject(first);
    expect(await mtt.states(campaign)).toEqual(['cancelled', 'pending 0', 'pending 1']);
    await mtt.plan(campaign, flush);
    await reject(second);
    expect(await mtt.states(campaign)).toEqual(['cancelled', 'sending 0', 'pending 1']);
  });

  it('what was handed over stays the first, though an earlier one is told of later', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const early = await mtt.anAction(campaign, { person: 'ann', targets: [target], at: '2025-01-06T07:00:00Z' });
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    await mtt.plan(campaign, flush);
    await mtt.intake.refresh({ actionIds: [early] });
    expect(await mtt.states(campaign)).toEqual(['pending 1', 'sending 0']);
  });

  it('many told at once, side by side and twice, have one first each', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const actionIds: number[] = [];
    for (let number = 0; number < 12; number += 1) {
      actionIds.push(await mtt.anAction(campaign, { person: `twin${number % 3}`, targets: [target] }));
    }
    await Promise.all([...actionIds, ...actionIds].map((actionId) => mtt.intake.refresh({ actionIds: [actionId] })));
    const ranks = (await mtt.messages(campaign)).map(({ rank }) => rank);
    expect(ranks).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('are found without a fact, and cancelled when their action or person is gone', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    const sweep = new SweepMessagesTask(mtt.database, mtt.intake, silent, 60_000);
    const actions: number[] = [];
    for (const person of ['kept', 'deleted', 'forgotten', 'erased']) {
      actions.push(await mtt.anAction(campaign, { person, targets: [target] }));
    }
    await sweep.run();
    expect(await mtt.states(campaign)).toEqual(Array(4).fill('pending 0'));
    await mtt.sql.query('delete from actions.actions where id = $1', [actions[1]]);
    await mtt.sql.query('update actions.supporters set email = null where fingerprint = $1', [refOf('forgotten')]);
    await mtt.sql.query(
      `insert into catalog.erasures (org_id, ref, erased_at)
       select org_id, $2, '2025-01-06T09:00:00Z' from catalog.campaigns where id = $1`,
      [campaign, refOf('erased')],
    );
    await sweep.run();
    expect((await mtt.messages(campaign)).map(({ error }) => error)).toEqual([
      null,
      'action deleted',
      'no address of the supporter',
      'erased',
    ]);
  });
});

describe('a cycle', () => {
  it('hands over what has come due, oldest first, as mail requests', async () => {
    const campaign = await mtt.aCampaign({ cc_contacts: ['press@example.org'], cc_sender: true });
    const target = await mtt.aTarget(campaign);
    await mtt.manyMessages(campaign, target, 100);
    expect(await mtt.plan(campaign, noon)).toBe(12);
    expect(await mtt.plan(campaign, noon)).toBe(0);
    const requests = await mtt.requests();
    const messages = await mtt.messages(campaign);
    expect(requests.map(({ messageId }) => messageId)).toEqual(messages.slice(0, 12).map(({ id }) => id));
    expect(requests[0]).toMatchObject({
      attempt: 1,
      campaignId: campaign,
      to: { name: 'A target', email: `t1@${target}.example.org` },
      cc: ['press@example.org', requests[0]?.supporter.email],
      subject: 'Please act',
      template: null,
      notAfter: '2025-01-06T17:00:00.000Z',
    });
    expect(new Set(requests.map(({ purpose }) => purpose)).size).toBe(12);
  });

  it.each<[string, string]>([
    ['is paused', `update catalog.mtt set paused_at = now() where campaign_id = $1`],
    ['is closed', `update catalog.campaigns set status = 2 where id = $1`],
    ['is a draft', `update catalog.campaigns set status = 0 where id = $1`],
    ['is deleted', `update catalog.campaigns set deleted_at = now() where id = $1`],
    [
      'has no backend',
      `update catalog.orgs set email_backend_id = null where id = (select org_id from catalog.campaigns where id = $1)`,
    ],
    [
      'has only disabled addresses',
      `update catalog.target_emails set disabled = true where target_id in (select id from catalog.targets where campaign_id = $1)`,
    ],
  ])('hands nothing over while the campaign %s', async (_, change) => {
    const campaign = await mtt.aCampaign();
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 3);
    await mtt.sql.query(change, [campaign]);
    expect(await mtt.plan(campaign, flush)).toBe(0);
  });

  it('gives a target no more than its day allows, and goes on the next day', async () => {
    const campaign = await mtt.aCampaign({ max_per_target_per_day: 5, timezone: 'America/New_York' });
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 12);
    const at = ['2025-01-08T18:00:00Z', '2025-01-09T04:59:00Z', '2025-01-09T05:00:00Z', '2025-01-09T16:00:00Z'];
    const planned: number[] = [];
    for (const now of at) planned.push(await mtt.plan(campaign, now));
    expect(planned).toEqual([5, 0, 5, 0]);
    await failClosedWindows(mtt.database, new Date('2025-01-09T17:01:00Z'));
    expect((await mtt.messages(campaign)).slice(-1)[0]).toMatchObject({ state: 'failed', error: 'window closed' });
  });

  it('keeps to the ceiling whatever it is told to hand over', async () => {
    const campaign = await mtt.aCampaign({ max_per_target_per_day: 5 });
    const targetId = await mtt.aTarget(campaign);
    await mtt.manyMessages(campaign, targetId, 12);
    const lease = await mtt.leases.take(campaign);
    const terms = { lease: lease!, now: new Date(flush), dueAt: null };
    const paced = { campaignId: campaign, cycleMs } as never;
    const handedOver: number[] = [];
    for (const count of [3, 12, 12]) handedOver.push(await mtt.claimer.claim(paced, [{ targetId, count }], terms));
    expect(handedOver).toEqual([3, 2, 0]);
  });

  it('leaves out what is broken, and sends the rest', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'wordless', targets: [target], subject: ' ' });
    await mtt.aToldAction(campaign, { person: 'wordy', targets: [target], subject: 'x'.repeat(2_000) });
    await mtt.aToldAction(campaign, { person: 'sound', targets: [target] });
    expect(await mtt.plan(campaign, flush)).toBe(1);
    expect(await mtt.states(campaign)).toEqual(['cancelled', 'failed 0', 'sending 0']);
    expect(mtt.warnings.at(-1)).toMatchObject({ campaignId: campaign, error: 'no valid mail: subject' });
  });

  it('fails no message for what is wrong with the settings, and goes on once they are mended', async () => {
    const contacts = Array.from({ length: 50 }, (_, at) => `cc${at}@example.org`);
    const campaign = await mtt.aCampaign({ cc_contacts: contacts, cc_sender: true });
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 2);
    await expect(mtt.plan(campaign, flush)).rejects.toThrow('settings of the campaign: no valid mail: cc');
    expect(await mtt.states(campaign)).toEqual(['pending 0', 'pending 0']);
    await mtt.sql.query('update catalog.mtt set cc_sender = false where campaign_id = $1', [campaign]);
    expect(await mtt.plan(campaign, flush)).toBe(2);
  });

  it('of a planner that lost its lease meanwhile hands nothing over', async () => {
    const campaign = await mtt.aCampaign();
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 3);
    const lease = await mtt.leases.take(campaign);
    await mtt.sql.query(`update mtt.leases set expires_at = now() - interval '1 second' where name = $1`, [
      lease?.name,
    ]);
    expect(await mtt.plan(campaign, flush, { leases: mtt.leasesOf('another') })).toBe(3);
    const stale = { take: () => Promise.resolve(lease) } as never;
    await mtt.tell(await mtt.requests(), 'returned');
    expect(await mtt.plan(campaign, flush, { leases: stale })).toBe(0);
  });

  it('by the hour goes at the times that were planned, through a restart and a long pause', async () => {
    const campaign = await mtt.aCampaign({ drip_delivery: false, max_emails_per_hour: 5 });
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 8);
    const at = ['10:00:00', '10:00:05', '10:17:10', '10:17:20', '10:27:30', '11:59:00', '12:00:01'];
    const planned: number[] = [];
    for (const time of at) planned.push(await mtt.planHour(campaign, `2025-01-06T${time}Z`));
    // 11:59: the hour begins anew, since what was due long ago is planned again; 12:00: its hour is still running.
    expect(planned).toEqual([1, 0, 0, 1, 1, 1, 0]);
  });
});

describe('campaigns, one after the other', () => {
  const campaigns = Array.from({ length: 6 }, (_, at) => ({ campaignId: 900_000 + at }) as never);
  const planAll = async (isFaulty: (campaignId: number) => boolean) => {
    const tried: number[] = [];
    const run = planCampaigns(
      campaigns,
      mtt.leases,
      ({ campaignId }) => {
        tried.push(campaignId);
        const fault = Object.assign(new Error('deadlock detected'), { code: '40P01' });
        return isFaulty(campaignId) ? Promise.reject(fault) : Promise.resolve(1);
      },
      silent,
    );
    await expect(run).rejects.toThrow('deadlock detected');
    return tried;
  };

  it('have their turn, though a statement of one fails, which is told afterwards', async () => {
    expect(await planAll((campaignId) => campaignId === 900_002)).toHaveLength(6);
  });

  it('tell how planning each of them went', async () => {
    const told: string[] = [];
    const watch = {
      planningStarted: (id: number) => void told.push(`${id} started`),
      planningSkipped: (id: number, reason: string) => void told.push(`${id} skipped: ${reason}`),
      planningStopped: (id: number, reason: string, ms: number) => void told.push(`${id} ${ms >= 0} ${reason}`),
    };
    const leases = {
      take: (id: number) => Promise.resolve(id === 5 ? null : { name: `campaign:${id}`, fencing: 1 }),
    } as never;
    const plan: Plan = ({ campaignId }, lease) => {
      if (campaignId === 4) return Promise.reject(new Error('settings of the campaign'));
      lease.isCut = campaignId === 3;
      return Promise.resolve(campaignId - 1);
    };
    await planCampaigns(
      [1, 2, 3, 4, 5].map((campaignId) => ({ campaignId }) as never),
      leases,
      plan,
      silent,
      watch,
    );
    expect(told.sort()).toEqual([
      ...['1 started', '1 true no_messages', '2 started', '2 true all_sent', '3 started', '3 true shutdown'],
      ...['4 started', '4 true crashed', '5 skipped: elsewhere'],
    ]);
  });

  it('wait for their next turn once the database fails one after the other', async () => {
    expect(await planAll(() => true)).toHaveLength(3);
  });
});

it('news of many actions is taken in parts', () => {
  const facts = Array.from({ length: 1_200 }, (_, at) => ({
    actionId: at,
    supporterId: at,
    after: { action: 'delivered', supporter: at < 600 ? 'rejected' : 'accepted' },
  }));
  const parts = changedActions(facts as never);
  expect(parts.map(({ actionIds, supporterIds }) => [actionIds.length, supporterIds?.length ?? 0])).toEqual([
    [500, 0],
    [500, 0],
    [200, 0],
    [0, 500],
    [0, 100],
  ]);
});

describe('test mails', () => {
  it('go to the supporter, one for each locale, whatever the dates are', async () => {
    const campaign = await mtt.aCampaign({ test_email: 'team@example.org', cc_contacts: ['press@example.org'] });
    const targets: string[] = [];
    for (const locale of ['en', null, 'de', 'de']) targets.push(await mtt.aTarget(campaign, { locale }));
    await mtt.aToldAction(campaign, { person: 'tester', targets, testing: true, at: '2024-12-01T10:00:00Z' });
    expect(await mtt.planTests(campaign, '2024-12-01T11:00:00Z')).toBe(2);
    const requests = await mtt.requests();
    expect(requests.map(({ to, cc, testing, target }) => [to.email, cc, testing, target.locale])).toEqual([
      ['tester@example.org', ['team@example.org'], true, 'en'],
      ['tester@example.org', ['team@example.org'], true, 'de'],
    ]);
    expect(await mtt.states(campaign)).toEqual(['sending', 'cancelled', 'sending', 'cancelled']);
    expect(await mtt.planTests(campaign, '2024-12-01T11:03:00Z')).toBe(0);
  });

  it('of longer than a day ago are not sent', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'late', targets: [target], testing: true, at: '2024-12-01T10:00:00Z' });
    expect(await mtt.planTests(campaign, '2024-12-02T10:00:01Z')).toBe(0);
    expect((await mtt.messages(campaign))[0]).toMatchObject({ state: 'cancelled', error: 'test is too old' });
  });
});

describe('the service', () => {
  it('takes facts, asks for mails, asks once more for want of an answer, and takes the outcome', async () => {
    const vhost = await TestVhost.create();
    for (const name of [exchanges.event, exchanges.deliver]) await vhost.declareExchange(name);
    const news = factQueue('mtt-service');
    await vhost.declareQueue(news, { exchange: exchanges.event, key: factKeys.allActions });
    await vhost.declareQueue(systemQueues.emailRequest, { exchange: exchanges.deliver, key: 'system.mail.*' });
    await mtt.sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', 'test', 'confirmed', now())`,
    );
    const endedAt = new Date(Date.now() - 60_000);
    const campaign = await mtt.aCampaign({ start_at: new Date(endedAt.getTime() - 86_400_000), end_at: endedAt });
    const target = await mtt.aTarget(campaign);
    const actionId = await mtt.anAction(campaign, { person: 'told', targets: [target] });
    const app = await startApp(vhost, mtt.databaseOfTest.urls.mtt);
    try {
      await vhost.send(news, [factsOf(campaign, actionId)], () => ({
        messageId: 'facts',
        type: 'groundswell:facts:1',
      }));
      const asked: TargetMailV1[] = [];
      await waitFor(async () => {
        const taken = await vhost.drain(systemQueues.emailRequest);
        const mails = taken.map(({ content }) => targetMailV1.parse(JSON.parse(content.toString())));
        // Also those that earlier tests left without an answer.
        asked.push(...mails.filter(({ campaignId }) => campaignId === campaign));
        return asked.length >= 2;
      });
      expect(asked.map(({ purpose, attempt }) => [purpose, attempt])).toEqual(
        [1, 2].map((attempt) => [asked[0]?.purpose, attempt]),
      );
      const outcome: MailOutcomeV1 = {
        schema: 'groundswell:mail-outcome:1',
        customId: `mtt:${asked[0]?.messageId}`,
        deliveryId: 1,
        outcome: 'sent',
        attempt: 1,
        error: null,
        at: new Date().toISOString(),
      };
      await vhost.send(news, [outcome], () => ({ messageId: 'outcome', type: outcome.schema }));
      await waitFor(async () => (await mtt.states(campaign))[0] === 'sent 0');
    } finally {
      await app.close();
      await vhost.delete();
    }
  });
});
