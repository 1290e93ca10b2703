import { statsCounterKinds } from '@groundswell/contracts';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { CounterWatch } from '../../src/rules/counter-watch';
import { RulePage } from '../../src/rules/rule-book';
import { RuleRepository } from '../../src/rules/rule.repository';
import { RulesWorld } from './rules-world';

let world: RulesWorld;

beforeAll(async () => {
  world = await RulesWorld.start();
});
afterAll(() => world.fixture.close());

describe('what waits too long', () => {
  it.each(['unmoderated', 'unconfirmed'] as const)(
    '%s fires once, and again once it was resolved and reopened',
    async (trigger) => {
      const mine = await world.anOrg();
      const supporter = await world.rows<{ id: number }>(
        `insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status) values ($1, $2, '\\x02', 1) returning id::int as id`,
        [mine.campaignId, mine.pageId],
      );
      const [action] = await world.rows<{ id: number }>(
        `insert into actions.actions (campaign_id, action_page_id, supporter_id, action_type, with_consent, processing_status, inserted_at)
       select $1, $2, $3, 'register', true, $4, now() - h * interval '1 hour' from unnest(array[49, 47]) h returning id::int as id`,
        [mine.campaignId, mine.pageId, supporter[0]?.id, trigger === 'unmoderated' ? 1 : 0],
      );
      const ruleId = await world.aRule(mine.id, trigger, { afterHours: 48 });
      const subject = `action:${action?.id}`;
      await world.fired(ruleId, 1);
      await world.settled();
      expect((await world.firings(ruleId)).map((one) => one.subject)).toEqual([subject]);
      const setStatus = (status: number) =>
        world.rows('update actions.actions set processing_status = $2 where id = $1', [action?.id, status]);
      await setStatus(4);
      await waitFor(
        async () =>
          (await world.fixture.count(`notify.rule_firings where rule_id = ${ruleId} and cleared_at is null`)) === 0,
      );
      await setStatus(trigger === 'unmoderated' ? 1 : 0);
      expect((await world.fired(ruleId, 2)).map((one) => one.subject)).toEqual([subject, subject]);
    },
  );
});

it('between two complete looks only what came of age since the last is looked at', async () => {
  const mine = await world.anOrg();
  const ruleId = await world.aRule(mine.id, 'unmoderated', { afterHours: 48 });
  await world.rows(
    `update notify.rules set looked_at_all_at = now() + interval '1 day', looked_until = now() - interval '50 hours' where id = $1`,
    [ruleId],
  );
  const actions = await world.rows<{ id: number }>(
    `insert into actions.actions (campaign_id, action_page_id, action_type, with_consent, processing_status, inserted_at)
     select $1, $2, 'register', true, 1, now() - h * interval '1 hour' from unnest(array[51, 49, 47]) h returning id::int as id`,
    [mine.campaignId, mine.pageId],
  );
  await world.fired(ruleId, 1);
  await world.settled();
  expect((await world.firings(ruleId)).map((one) => one.subject)).toEqual([`action:${actions[1]?.id}`]);
  expect(await world.change(mine.id, ruleId, { afterHours: 46 })).toBe('changed');
  expect(await world.fired(ruleId, 3)).toHaveLength(3);
});

it('unanswered mails to targets fire once each, those that became so since the rule was made', async () => {
  const mine = await world.anOrg();
  const ruleId = await world.aRule(mine.id, 'unanswered', { afterHours: 24 });
  await world.rows(
    `update notify.rules set created_at = now() - interval '1 hour', looked_until = null where id = $1`,
    [ruleId],
  );
  const sent = (messageId: number, hoursAgo: number) =>
    world.rows(
      `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, state, sent_at)
       values ($1, 1, $2, gen_random_uuid(), '\\x03', 'sent', now() - $3 * interval '1 hour')`,
      [messageId, mine.campaignId, hoursAgo],
    );
  await world.rows(
    `insert into mtt.replies (id, message_id, org_id, campaign_id, action_id, target_id, fingerprint, accepted_at, received_at,
                              subject, body, is_cut)
     values (gen_random_uuid(), 1002, $1, $2, 1, gen_random_uuid(), '\\x03', now(), now(), 'Re', 'No.', false)`,
    [mine.id, mine.campaignId],
  );
  await sent(1002, 24.5);
  await sent(1003, 26);
  await sent(1004, 23);
  await sent(1001, 24.5);
  expect((await world.fired(ruleId, 1)).map((one) => one.subject)).toEqual(['message:1001']);
  await world.settled();
  expect(await world.firings(ruleId)).toHaveLength(1);
});

describe('figures', () => {
  it('fire once for each value reached after the rule was made, told of or not, however they fall and rise', async () => {
    const mine = await world.anOrg();
    await world.count(mine.campaignId, 150);
    const goal = await world.aRule(mine.id, 'goal', { figure: 'supporters', values: [100, 200, 300] });
    const milestone = await world.aRule(mine.id, 'milestone', {
      figure: 'supporters',
      every: 50,
      campaignId: mine.campaignId,
    });
    const values = async (ruleId: number, count: number) =>
      (await world.fired(ruleId, count)).map(({ fields }) => fields['value']);
    await world.count(mine.campaignId, 210);
    await world.tell({ schema: 'groundswell:stats-changed:1', campaignIds: [mine.campaignId] });
    expect(await values(goal, 1)).toEqual([200]);
    expect(await values(milestone, 1)).toEqual([200]);
    await world.count(mine.campaignId, 90);
    await world.settled();
    await world.count(mine.campaignId, 305);
    expect(await values(goal, 2)).toEqual([200, 300]);
    expect(await values(milestone, 3)).toEqual([200, 250, 300]);
    await world.settled();
    expect(await world.firings(goal)).toHaveLength(2);
  });

  it('are looked at by what the rule says now: a measure that was changed meanwhile leaves nothing behind', async () => {
    const mine = await world.anOrg();
    await world.count(mine.campaignId, 5);
    const ruleId = await world.aRule(mine.id, 'goal', { figure: 'actions', values: [1_000] });
    const database = world.app.get(Database);
    const read = () => database.run((manager) => new RuleRepository(manager).find(ruleId));
    const before = await read();
    await world.change(mine.id, ruleId, { figure: 'supporters', values: [10] });
    await world.rows(
      `insert into stats.counters (campaign_id, kind, id, name, count) values ($1, $2, 0, 'register', 900)`,
      [mine.campaignId, statsCounterKinds.actionType],
    );
    await database.transaction((manager) =>
      world.app.get(CounterWatch).check(manager, new RulePage(0, before ? [before] : []), null),
    );
    await world.count(mine.campaignId, 12);
    expect((await world.fired(ruleId, 1)).map(({ subject }) => subject)).toEqual([`value:${mine.campaignId}:10`]);
  });

  it('a quota fires at each of its percents, by the use of this month', async () => {
    const mine = await world.anOrg();
    const month = `date_trunc('month', now() at time zone 'UTC')::date`;
    await world.rows(`insert into actions.enrichment_quotas (org_id, kind, monthly_units) values ($1, 'label', 200)`, [
      mine.id,
    ]);
    await world.rows(
      `insert into actions.enrichment_usage (org_id, month, kind, used) values ($1, ${month} - interval '1 month', 'label', 500), ($1, ${month}, 'label', 160)`,
      [mine.id],
    );
    const enrichment = await world.aRule(mine.id, 'quota', { resource: 'enrichment', values: [80, 100] });
    const [service] = await world.rows<{ id: number }>(
      `insert into catalog.services (org_id, name, transactional_email_budget) values ($1, 'mailjet', 10) returning id::int as id`,
      [mine.id],
    );
    await world.rows('update catalog.orgs set transactional_email_backend_id = $2 where id = $1', [
      mine.id,
      service?.id,
    ]);
    await world.rows('insert into mail.transactional_use (org_id, service_id, since, used) values ($1, $2, now(), 9)', [
      mine.id,
      service?.id,
    ]);
    const mail = await world.aRule(mine.id, 'quota', { resource: 'mail', values: [80, 100] });
    expect((await world.fired(enrichment, 1))[0]?.fields).toEqual({
      resource: 'enrichment',
      kind: 'label',
      percent: 80,
      used: 160,
      limit: 200,
    });
    expect((await world.fired(mail, 1))[0]?.fields).toMatchObject({
      resource: 'mail',
      percent: 80,
      used: 9,
      limit: 10,
    });
    await world.rows('update actions.enrichment_usage set used = 201 where org_id = $1', [mine.id]);
    expect((await world.fired(enrichment, 2)).map(({ fields }) => fields['percent'])).toEqual([80, 100]);
  });

  it('come as digests: a late one once, in the time zone of the org, each with the difference to the last', async () => {
    const mine = await world.anOrg();
    await world.rows(`update catalog.orgs set config = '{"timezone":"Asia/Tokyo"}' where id = $1`, [mine.id]);
    await world.count(mine.campaignId, 12);
    const ruleId = await world.aRule(mine.id, 'periodic', { effect: 'digest', schedule: '30 9 * * *' });
    const planned = async () => {
      const [row] = await world.rows<{ hour: string }>(
        `select to_char(next_run_at at time zone 'UTC', 'HH24:MI') as hour from notify.rules where id = $1`,
        [ruleId],
      );
      return row?.hour;
    };
    expect(await planned()).toBe('00:30');
    await world.rows(`update catalog.orgs set config = '{"timezone":"Asia/Kolkata"}' where id = $1`, [mine.id]);
    await waitFor(async () => (await planned()) === '04:00');
    const late = () =>
      world.rows(`update notify.rules set next_run_at = now() - interval '3 days' where id = $1`, [ruleId]);
    await late();
    await world.mailsOf(ruleId, 1);
    await world.count(mine.campaignId, 20);
    await world.settled();
    await late();
    const digests = await world.mailsOf(ruleId, 2);
    expect(digests.map(({ kind, data }) => [kind, data['campaigns']])).toEqual([
      ['rule_digest', [expect.objectContaining({ supporters: 12 })]],
      ['rule_digest', [expect.objectContaining({ supporters: 20, newSupporters: '+8' })]],
    ]);
    expect(await world.fixture.count(`notify.rule_firings where rule_id = ${ruleId} and figures is not null`)).toBe(1);
    const [next] = await world.rows<{ ahead: boolean }>(
      'select next_run_at > now() as ahead from notify.rules where id = $1',
      [ruleId],
    );
    expect(next).toEqual({ ahead: true });
  });
});
