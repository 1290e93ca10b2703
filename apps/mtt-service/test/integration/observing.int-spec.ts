import { factQueue, exchanges, factKeys, systemQueues } from '@groundswell/contracts';
import { Metrics } from '@groundswell/observability';
import { TestVhost, waitFor } from '@groundswell/testing';
import { CampaignGauges } from '../../src/observing/campaign-gauges';
import { liveCampaigns } from '../../src/observing/live-campaign.read-model';
import { ObserveCampaignsTask } from '../../src/observing/observe-campaigns.task';
import { failClosedWindows } from '../../src/pacing/closed-windows';
import { startApp } from './mtt-app';
import { cycleMs, MttFixture } from './mtt-fixture';

const noon = '2025-01-06T12:00:30Z';
const flush = '2025-01-08T18:00:00Z';
const hourly = { drip_delivery: false, max_emails_per_hour: 5 };

let mtt: MttFixture;
beforeAll(async () => {
  mtt = await MttFixture.create();
});
afterEach(() => mtt.requests());
afterAll(() => mtt.close());

function observer(intervalMs = 60_000) {
  const metrics = new Metrics('mtt-service', { withProcessMetrics: false });
  const task = new ObserveCampaignsTask(mtt.database, new CampaignGauges(metrics, cycleMs), intervalMs);
  return { task, metrics };
}

/** What the text says of one campaign: by name of the metric, and its state or reason. */
async function figuresOf(metrics: Metrics, campaignId: number): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const line of (await metrics.text()).split('\n')) {
    const [, name = '', labels = '', value] = /^(?:groundswell|proca)_mtt_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (!labels.includes(`campaign_id="${campaignId}"`)) continue;
    const more = /(?:state|reason)="([^"]*)"/.exec(labels)?.[1];
    figures[more === undefined ? name : `${name} ${more}`] = Number(value);
  }
  return figures;
}

async function figuresAt(campaignId: number, now: string): Promise<Record<string, number>> {
  const { task, metrics } = observer();
  await task.look(new Date(now));
  return figuresOf(metrics, campaignId);
}

const skippedOf = async (campaignId: number) => {
  const figures = Object.entries(await figuresOf(mtt.metrics, campaignId));
  return Object.fromEntries(figures.map(([name, hours]) => [name.replace('hours_skipped_total ', ''), hours]));
};

describe('a live campaign', () => {
  it('shows what may go, by messages and targets, and how far its drip has come', async () => {
    const campaign = await mtt.aCampaign();
    const [reachable, unreachable] = [await mtt.aTarget(campaign), await mtt.aTarget(campaign, { emails: 0 })];
    await mtt.manyMessages(campaign, reachable, 3);
    await mtt.manyMessages(campaign, unreachable, 2);
    await mtt.aToldAction(campaign, { person: 'twice', targets: [reachable] });
    await mtt.aToldAction(campaign, { person: 'twice', targets: [reachable] });
    await mtt.aToldAction(campaign, { person: 'tester', targets: [reachable], testing: true });
    expect(await figuresAt(campaign, noon)).toEqual({
      new_scheduler_pending_count: 6,
      sendable_messages: 4,
      sendable_targets: 1,
      'campaign_messages pending': 6,
      'campaign_messages sending': 0,
      'campaign_messages sent': 0,
      'campaign_messages failed': 0,
      'campaign_messages unknown': 0,
      oldest_unsent_seconds: 4 * 3_600 + 30,
      current_cycle: 61,
      all_cycles: 480,
    });
  });

  it('by the hour shows what may go, and no cycles', async () => {
    const campaign = await mtt.aCampaign(hourly);
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 2);
    const figures = await figuresAt(campaign, noon);
    expect(figures).toMatchObject({ sendable_messages: 2, sendable_targets: 1 });
    expect(figures).not.toHaveProperty('all_cycles');
  });

  it('has its name as a label', async () => {
    const campaign = await mtt.aCampaign();
    const { rows } = await mtt.sql.query('select name from catalog.campaigns where id = $1', [campaign]);
    const { task, metrics } = observer();
    await task.look(new Date(noon));
    expect(await metrics.text()).toContain(`{campaign_id="${campaign}",campaign_name="${rows[0].name}",service="mtt-`);
  });

  it('counts a message as unsent until it is told of, and what failed as failed', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    for (const [person, hour] of Object.entries({ ann: '08', ben: '09', cyd: '10' })) {
      await mtt.aToldAction(campaign, { person, targets: [target], at: `2025-01-06T${hour}:00:30Z` });
    }
    await mtt.plan(campaign, flush);
    const asked = await mtt.requests();
    const handedOver = await figuresAt(campaign, noon);
    expect(handedOver).toMatchObject({ oldest_unsent_seconds: 4 * 3_600, 'campaign_messages sending': 3 });
    expect(handedOver).toMatchObject({ sendable_messages: 0, sendable_targets: 0 });
    await mtt.tell(asked.slice(0, 1), 'sent');
    await mtt.tell(asked.slice(1, 2), 'failed');
    const told = await figuresAt(campaign, noon);
    expect(told).toMatchObject({ 'campaign_messages sent': 1, 'campaign_messages failed': 1 });
    expect(told).toMatchObject({ 'campaign_messages sending': 1, oldest_unsent_seconds: 2 * 3_600 });
    await mtt.tell(asked.slice(2), 'sent');
    expect(await figuresAt(campaign, noon)).toMatchObject({ oldest_unsent_seconds: 0 });
  });

  it.each([
    ['is paused', `update catalog.mtt set paused_at = now() where campaign_id = $1`],
    [
      'has no backend',
      `update catalog.orgs set email_backend_id = null where id = (select org_id from catalog.campaigns where id = $1)`,
    ],
  ])('that %s may send nothing, and what waits grows old', async (_, change) => {
    const campaign = await mtt.aCampaign();
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 2);
    await mtt.sql.query(change, [campaign]);
    const figures = await figuresAt(campaign, noon);
    expect(figures).toMatchObject({ sendable_messages: 0, sendable_targets: 0, 'campaign_messages pending': 2 });
    expect(figures['oldest_unsent_seconds']).toBeGreaterThan(0);
  });

  it.each([
    ['a draft', {}, { status: 0 }],
    ['closed', {}, { status: 2 }],
    ['deleted', {}, { deleted_at: '2025-01-01T00:00:00Z' }],
    ['not begun', { start_at: '2025-01-07T09:00:00Z' }, {}],
    ['over', { start_at: '2025-01-01T09:00:00Z', end_at: '2025-01-05T10:00:00Z' }, {}],
  ])('has no figures when it is %s', async (_, dates, campaign) => {
    const campaignId = await mtt.aCampaign(dates, campaign);
    await mtt.manyMessages(campaignId, await mtt.aTarget(campaignId), 1);
    expect(await figuresAt(campaignId, noon)).toEqual({});
  });

  it('is shown until an hour after its flush, with what failed for it, and then no more', async () => {
    const campaign = await mtt.aCampaign();
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 2);
    const { task, metrics } = observer();
    await failClosedWindows(mtt.database, new Date('2025-01-09T17:03:00Z'));
    await task.look(new Date('2025-01-09T17:04:00Z'));
    expect(await figuresOf(metrics, campaign)).toMatchObject({ 'campaign_messages failed': 2, sendable_messages: 0 });
    await task.look(new Date('2025-01-09T18:01:00Z'));
    expect(await figuresOf(metrics, campaign)).toEqual({});
  });

  it('is one of those that run, by mode, unless it is paused', async () => {
    const dates = { start_at: '2024-03-01T09:00:00Z', end_at: '2024-03-03T17:00:00Z' };
    for (const mode of [{}, {}, { drip_delivery: false }, { paused_at: '2024-03-01T10:00:00Z' }]) {
      await mtt.aCampaign({ ...dates, ...mode });
    }
    const runningAt = async (now: string) => {
      const { task, metrics } = observer();
      await task.look(new Date(now));
      return (await metrics.text()).match(/campaigns_running\{.*/g)?.map((line) => line.replace(/,service=\S*/, ''));
    };
    const running = (drip: number, byHour: number) =>
      [`"true" ${drip}`, `"false" ${byHour}`].map((end) => `campaigns_running{drip_delivery=${end}`);
    expect(await runningAt('2024-03-02T12:00:00Z')).toEqual(running(2, 1));
    expect(await runningAt('2024-03-04T17:01:00Z')).toEqual(running(0, 0));
  });
});

describe('what became of messages', () => {
  it('is counted once for each, by campaign, and test mails are not', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.manyMessages(campaign, target, 3);
    await mtt.plan(campaign, flush);
    const asked = await mtt.requests();
    await mtt.tell(asked.slice(0, 2), 'sent');
    await mtt.tell(asked.slice(0, 2), 'sent');
    await mtt.tell(asked.slice(2), 'failed');
    const { messages_sent, failed, new_deliver_message_count } = await figuresOf(mtt.metrics, campaign);
    expect({ messages_sent, failed, new_deliver_message_count }).toEqual({
      ...{ messages_sent: 2, failed: 1, new_deliver_message_count: 2 },
    });
  });
});

describe('hours that are skipped', () => {
  it('are those of targets whose last hour still runs, whose day is full or that have no address', async () => {
    const campaign = await mtt.aCampaign({ ...hourly, max_per_target_per_day: 2 });
    const [late, unreachable] = [await mtt.aTarget(campaign), await mtt.aTarget(campaign, { emails: 0 })];
    await mtt.manyMessages(campaign, late, 8);
    await mtt.manyMessages(campaign, unreachable, 1);
    await mtt.planHour(campaign, '2025-01-06T10:30:00Z');
    expect(await skippedOf(campaign)).toEqual({ 'no address': 1 });
    // The second of two goes at 11:25.
    await mtt.planHour(campaign, '2025-01-06T11:00:00Z');
    await mtt.planHour(campaign, '2025-01-06T11:00:05Z');
    expect(await skippedOf(campaign)).toEqual({ 'no address': 2, 'still running': 1 });
    await mtt.planHour(campaign, '2025-01-06T11:25:01Z');
    await mtt.planHour(campaign, '2025-01-06T12:00:00Z');
    expect(await skippedOf(campaign)).toEqual({ 'no address': 3, 'still running': 1, 'day full': 1 });
  });

  it('are also those that nobody planned while messages were there', async () => {
    const campaign = await mtt.aCampaign({ ...hourly, max_emails_per_hour: 1 });
    const [early, later] = [await mtt.aTarget(campaign), await mtt.aTarget(campaign)];
    await mtt.manyMessages(campaign, early, 3);
    const knownSince = (target: string, at: string) =>
      mtt.sql.query('update mtt.message_states set created_at = $2 where target_id = $1', [target, at]);
    await knownSince(early, '2025-01-06T08:00:00Z');
    await mtt.planHour(campaign, '2025-01-06T10:00:00Z');
    await mtt.manyMessages(campaign, later, 1);
    await knownSince(later, '2025-01-06T12:20:00Z');
    await mtt.planHour(campaign, '2025-01-06T14:00:00Z');
    // 11, 12 and 13 h of the first, 13 h of the other.
    expect(await skippedOf(campaign)).toEqual({ 'not planned': 4 });
  });

  it('are none where each was planned, and none between what was sent and what came later', async () => {
    const campaign = await mtt.aCampaign(hourly);
    const target = await mtt.aTarget(campaign);
    await mtt.manyMessages(campaign, target, 1);
    await mtt.planHour(campaign, '2025-01-06T10:00:00Z');
    await mtt.manyMessages(campaign, target, 2);
    await mtt.sql.query(
      `update mtt.message_states set created_at = '2025-01-06T14:50:00Z' where campaign_id = $1 and state = 'pending'`,
      [campaign],
    );
    for (const time of ['15:00', '15:55', '16:00']) await mtt.planHour(campaign, `2025-01-06T${time}:01Z`);
    expect(await skippedOf(campaign)).toEqual({});
  });

  it('are none while a message was handed over, though it came back', async () => {
    const campaign = await mtt.aCampaign(hourly);
    await mtt.manyMessages(campaign, await mtt.aTarget(campaign), 1);
    await mtt.sql.query(`update mtt.message_states set created_at = '2025-01-06T08:00:00Z' where campaign_id = $1`, [
      campaign,
    ]);
    expect(await mtt.planHour(campaign, '2025-01-06T10:00:00Z')).toBe(1);
    await mtt.tell(await mtt.requests(), 'returned');
    expect(await mtt.planHour(campaign, '2025-01-06T15:00:00Z')).toBe(1);
    expect(await skippedOf(campaign)).toEqual({});
  });
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

describe('a look', () => {
  it('reads one waiting message of each target and what is under way, however many wait and are sent', async () => {
    const campaign = await mtt.aCampaign();
    const targets: string[] = [];
    for (let number = 0; number < 20; number += 1) targets.push(await mtt.aTarget(campaign));
    await mtt.sql.query(
      `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, state, dupe_rank)
       select 1000000 + n, n, $1, ($2::uuid[])[1 + n % 20], int4send(n), (array['pending', 'sent'])[1 + (n / 20) % 2], 0
         from generate_series(1, 20000) n`,
      [campaign, targets],
    );
    await mtt.sql.query('analyze mtt.message_states, mtt.target_progress');
    const { rows } = await mtt.sql.query<{ before: number; others: number }>(
      `select (select count(*)::int from mtt.message_states where state = 'sending') as before,
              (select count(*)::int from mtt.target_progress where campaign_id <> $1) as others`,
      [campaign],
    );
    const explained = await mtt.database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `explain (analyze, format json) ${liveCampaigns}`,
      [new Date(noon)],
    );
    const read = messagesRead(explained[0]?.['QUERY PLAN'][0]?.Plan as PlanNode);
    expect(read).toBeGreaterThanOrEqual(20);
    expect(read).toBeLessThanOrEqual(20 + (rows[0]?.before ?? 0) + (rows[0]?.others ?? 0));
    expect(await figuresAt(campaign, noon)).toMatchObject({ sendable_messages: 10_000, sendable_targets: 20 });
  });

  it('comes at every second turn, the first included', async () => {
    const now = Date.now();
    const dates = { start_at: new Date(now - 86_400_000), end_at: new Date(now + 86_400_000) };
    const campaign = await mtt.aCampaign(dates);
    const { task, metrics } = observer();
    const shownAfterTurn = async () => {
      await task.run();
      return Object.keys(await figuresOf(metrics, campaign)).length > 0;
    };
    expect(await shownAfterTurn()).toBe(true);
    await mtt.sql.query('update catalog.campaigns set status = 2 where id = $1', [campaign]);
    expect(await shownAfterTurn()).toBe(true);
    expect(await shownAfterTurn()).toBe(false);
  });

  it('that no other follows is forgotten', async () => {
    const campaign = await mtt.aCampaign();
    const { task, metrics } = observer(100);
    await task.look(new Date(noon));
    await waitFor(async () => Object.keys(await figuresOf(metrics, campaign)).length === 0);
  });

  it('is made by the service, and read at /metrics', async () => {
    const vhost = await TestVhost.create();
    const campaign = await mtt.aCampaign({
      start_at: new Date(Date.now() - 86_400_000),
      end_at: new Date(Date.now() + 86_400_000),
    });
    for (const exchange of [exchanges.event, exchanges.deliver]) await vhost.declareExchange(exchange);
    await vhost.declareQueue(factQueue('mtt-service'), { exchange: exchanges.event, key: factKeys.allActions });
    await vhost.declareQueue(systemQueues.emailRequest, { exchange: exchanges.deliver, key: 'system.mail.*' });
    const app = await startApp(vhost, mtt.databaseOfTest.urls.mtt, { MTT_OBSERVE_INTERVAL: '2000' });
    try {
      const url = `${await app.getUrl()}/metrics`;
      const series = `groundswell_mtt_oldest_unsent_seconds{campaign_id="${campaign}"`;
      await waitFor(async () => (await (await fetch(url)).text()).includes(series));
    } finally {
      await app.close();
      await vhost.delete();
    }
  });
});

/** Rows of mtt.message_states that a plan touched. */
function messagesRead(node: PlanNode): number {
  const own = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  const below = (node.Plans ?? []).reduce((sum, plan) => sum + messagesRead(plan), 0);
  return below + (node['Relation Name'] === 'message_states' ? own : 0);
}
