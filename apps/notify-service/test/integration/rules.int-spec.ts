import { ruleEventV2, ruleRefusals, type RuleTrigger } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { RulesWorld, type RuleOrg } from './rules-world';

const rejected = { name: 'action.changed', before: { action: 'confirming', supporter: null } } as const;
const toRejected = { ...rejected, after: { action: 'rejected', supporter: null } } as const;
const at = '2026-11-20T10:00:00.000Z';

let world: RulesWorld;
let org: RuleOrg;

beforeAll(async () => {
  world = await RulesWorld.start();
  org = await world.anOrg();
});
afterAll(() => world.fixture.close());

describe('a fact', () => {
  it('told often, to two replicas, has a rule fire once, by a mail to each owner that names ids only', async () => {
    const mine = await world.anOrg(2);
    const ruleId = await world.aRule(mine.id, 'action_rejected');
    const fact = world.aFact(mine, toRejected);
    await world.tell(...Array.from({ length: 20 }, () => world.batch(fact)));
    const [firing, ...others] = await world.fired(ruleId, 1);
    expect([firing?.subject, others]).toEqual([`action:${fact.actionId}`, []]);
    const mails = await world.mailsOf(ruleId, 2);
    await world.settled();
    expect(await world.mailsOf(ruleId, 2)).toHaveLength(2);
    expect(new Set(mails.map(({ to }) => to.email)).size).toBe(2);
    for (const { kind, data } of mails) {
      expect(kind).toBe('rule_alert');
      expect(data).toMatchObject({
        count: 1,
        more: 0,
        rule: { id: ruleId, what: 'action rejected' },
        org: { name: mine.name },
      });
      expect(data['items']).toEqual([expect.objectContaining({ actionId: fact.actionId, actionStatus: 'rejected' })]);
    }
  });

  it('what fires soon after a mail goes with the next one', async () => {
    const { email } = await world.fixture.aStaffer(org.id, 'campaigner');
    const ruleId = await world.aRule(org.id, 'action_added', { recipients: [email] });
    await world.tell(world.batch(world.aFact(org)));
    await world.mailsOf(ruleId, 1);
    await world.tell(world.batch(world.aFact(org)), world.batch(world.aFact(org), world.aFact(org)));
    const mails = await world.mailsOf(ruleId, 2);
    expect(mails.map(({ to, data }) => [to.email, data['count']])).toEqual([
      [email, 1],
      [email, 3],
    ]);
    expect(await world.fired(ruleId, 4)).toHaveLength(4);
  });

  it('what fires after a mail waits for one job, also when the job of that mail comes again', async () => {
    const ruleId = await world.aRule(org.id, 'action_added');
    const jobId = async () => {
      const [rule] = await world.rows<{ id: number | null }>(
        'select job_id::int as id from notify.rules where id = $1',
        [ruleId],
      );
      return rule?.id ?? null;
    };
    await world.tell(world.batch(world.aFact(org)));
    await world.mailsOf(ruleId, 1);
    const [done] = await world.rows<{ id: number }>(
      `update notify.jobs set state = 'queued', due_at = now() + interval '1 hour', finished_at = null
        where type = 'fire-rule' and payload->>'ruleId' = $1::text returning id::int as id`,
      [ruleId],
    );
    await world.rows(`update notify.rules set last_mail_at = now() + interval '1 hour' where id = $1`, [ruleId]);
    await world.tell(world.batch(world.aFact(org)));
    const next = await waitFor(async () => (await jobId()) ?? false);
    await world.rows('update notify.jobs set due_at = now() where id = $1', [done?.id]);
    await waitFor(
      async () => (await world.fixture.count(`notify.jobs where id = ${done?.id} and state = 'complete'`)) === 1,
    );
    expect(await jobId()).toBe(next);
    await world.rows('update notify.jobs set due_at = now() where id = $1', [next]);
    expect((await world.mailsOf(ruleId, 2)).map(({ data }) => data['count'])).toEqual([1, 1]);
  });

  it('is mailed by the account of an org that has one and a template of its own', async () => {
    const mine = await world.anOrg();
    await world.ownsTemplate(mine, 'rule_alert');
    const ruleId = await world.aRule(mine.id, 'action_added');
    const other = await world.aRule(org.id, 'action_added');
    await world.tell(world.batch(world.aFact(mine), world.aFact(org)));
    expect((await world.mailsOf(ruleId, 1)).map(({ orgId }) => orgId)).toEqual([mine.id]);
    expect((await world.mailsOf(other, 1)).map(({ orgId }) => orgId)).toEqual([undefined]);
  });

  it('fires rules of the page and of the lead, as their conditions say; never those of others or for tests', async () => {
    const [lead, stranger] = [await world.anOrg(), await world.anOrg()];
    const fact = world.aFact(org, { campaignId: lead.campaignId });
    const ofLead = await world.aRule(lead.id, 'action_added', { campaignId: lead.campaignId });
    const ofPage = await world.aRule(org.id, 'action_added', {
      conditions: [{ field: 'actionType', isOneOf: ['register'] }],
    });
    const picky = await world.aRule(org.id, 'action_added', {
      conditions: [{ field: 'actionType', isNoneOf: ['register'] }],
    });
    const ofStranger = await world.aRule(stranger.id, 'action_added');
    const test = world.aFact(org, { campaignId: lead.campaignId, testing: true });
    const ofTests = await world.aRule(org.id, 'action_added', {
      conditions: [{ field: 'testing', isOneOf: ['true'] }],
    });
    await world.tell(world.batch(fact, test));
    const subjects = async (ruleId: number) => (await world.fired(ruleId, 1)).map(({ subject }) => subject);
    expect(await subjects(ofLead)).toEqual([`action:${fact.actionId}`]);
    expect(await subjects(ofPage)).toEqual([`action:${fact.actionId}`]);
    expect(await subjects(ofTests)).toEqual([`action:${test.actionId}`]);
    await world.settled();
    for (const ruleId of [picky, ofStranger]) expect(await world.firings(ruleId)).toEqual([]);
  });

  it('goes to the webhook of the org as an event, under an id of its own', async () => {
    const mine = await world.anOrg();
    const queue = await world.takesEvents(mine);
    const ruleId = await world.aRule(mine.id, 'action_accepted', { effect: 'webhook' });
    const fact = world.aFact(mine, { after: { action: 'delivered', supporter: 'accepted' } });
    await world.tell(world.batch(fact), world.batch(fact));
    const [message, ...others] = await waitFor(async () => {
      const found = await world.fixture.vhost.drain(queue);
      return found.length > 0 && found;
    });
    expect(others).toEqual([]);
    expect(message?.fields.routingKey).toBe(`${mine.name}.system.rule_fired`);
    expect(message?.properties.headers).toMatchObject({ org_id: mine.id, event_type: 'rule_fired' });
    const event = ruleEventV2.parse(JSON.parse(message?.content.toString() ?? ''));
    expect(event).toMatchObject({
      orgId: mine.id,
      campaignId: mine.campaignId,
      rule: { id: ruleId, trigger: 'action_accepted' },
      subject: `action:${fact.actionId}`,
      fields: { actionId: fact.actionId, actionStatus: 'delivered', supporterStatus: 'accepted' },
    });
  });

  it('no one else sends: conditions that cannot be asked are one failed job, and all goes once they are mended', async () => {
    const ruleId = await world.aRule(org.id, 'action_added');
    await world.rows(`update notify.rules set conditions = '[{"field":"gone","isOneOf":["1"]}]' where id = $1`, [
      ruleId,
    ]);
    await world.rows('update notify.rule_book set version = version + 1');
    const jobs = () =>
      world.rows<{ state: string; last_error: string }>(
        `select state, last_error from notify.jobs where type = 'fire-rule' and payload->>'ruleId' = $1::text`,
        [ruleId],
      );
    await world.tell(world.batch(world.aFact(org)));
    await waitFor(async () => (await jobs())[0]?.state === 'failed');
    await world.tell(world.batch(world.aFact(org)));
    await waitFor(async () => (await world.firings(ruleId)).length === 2);
    expect(await jobs()).toEqual([{ state: 'failed', last_error: expect.stringContaining('gone') }]);
    expect(await world.mailsOf(ruleId, 0)).toEqual([]);
    expect(await world.change(org.id, ruleId, { conditions: [{ field: 'testing', isOneOf: ['false'] }] })).toBe(
      'changed',
    );
    expect(await world.fired(ruleId, 2)).toHaveLength(2);
    expect((await world.mailsOf(ruleId, 1)).map(({ data }) => data['count'])).toEqual([2]);
  });

  it.each<[RuleTrigger, string, object, string]>([
    ['push_endpoint_disabled', 'endpoint-disabled', { serviceId: 7, reason: 'HTTP 410', at }, `endpoint:7:${at}`],
    [
      'queue_alert',
      'queue-alert',
      { queue: 'q.crm', purpose: 'crm', kind: 'not_moving', state: 'raised', since: at },
      `queue:q.crm:not_moving:${at}`,
    ],
    ['follow_up_closed', 'followups-closed', { itemId: 9, state: 'done', actionId: 4 }, 'followup:9'],
    [
      'action_enriched',
      'action-enriched',
      { campaignId: 1, actionId: 4, enrichmentId: 8, kind: 'sentiment', status: 'complete', at },
      `enrichment:8:${at}`,
    ],
    ['mail_bounced', 'supporter-mail', { actionId: 4, deliveryId: 55, outcome: 'spam', at }, 'mail:55:spam'],
  ])('%s fires by its own', async (trigger, name, about, subject) => {
    const mine = await world.anOrg();
    const ruleId = await world.aRule(mine.id, trigger);
    const schema = `groundswell:${name}:1`;
    const it = { ...about, orgId: mine.id };
    const fact = name === 'followups-closed' ? { schema, closed: [it] } : { schema, ...it };
    await world.tell(fact, fact, { ...fact, state: 'over' });
    expect((await world.fired(ruleId, 1)).map((one) => one.subject)).toEqual([subject]);
  });

  it('a bounce of a mail to a target fires rules of the lead', async () => {
    const ruleId = await world.aRule(org.id, 'mail_bounced', { campaignId: org.campaignId });
    await world.rows(
      `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint)
       values (901, 77, $1, gen_random_uuid(), '\\x01')`,
      [org.campaignId],
    );
    const outcome = { schema: 'groundswell:mail-outcome:1', customId: 'mtt:901', deliveryId: 66, error: null, at };
    await world.tell({ ...outcome, outcome: 'opened' }, { ...outcome, outcome: 'bounce' });
    expect(await world.fired(ruleId, 1)).toEqual([
      expect.objectContaining({
        subject: 'mail:66:bounce',
        fields: expect.objectContaining({ messageId: 901, actionId: 77 }),
      }),
    ]);
  });
});

describe('a rule', () => {
  it('nobody could go by is refused, and says why', async () => {
    await expect(world.aRule(org.id, 'unmoderated')).rejects.toMatchObject({
      code: ruleRefusals.invalid,
      message: 'afterHours: is needed by unmoderated',
    });
  });

  it('has a name of its own, is changed by its org only, and goes with what it fired for', async () => {
    const mine = await world.anOrg();
    const name = world.fixture.unique('named');
    const ruleId = await world.aRule(mine.id, 'action_added', { name });
    await expect(world.aRule(mine.id, 'action_added', { name })).rejects.toMatchObject({
      code: ruleRefusals.nameTaken,
    });
    await expect(world.change(org.id, ruleId, { isEnabled: false })).rejects.toMatchObject({
      code: ruleRefusals.notFound,
    });
    expect(await world.change(mine.id, ruleId, { name })).toBe('unchanged');
    expect(await world.change(mine.id, ruleId, { isEnabled: false })).toBe('changed');
    await world.tell(world.batch(world.aFact(mine)));
    await world.settled();
    expect(await world.firings(ruleId)).toEqual([]);
    await world.change(mine.id, ruleId, { isEnabled: true });
    await world.tell(world.batch(world.aFact(mine)));
    await world.fired(ruleId, 1);
    await world.ask((requests, manager) => requests.remove(manager, { orgId: mine.id, ruleId }));
    expect(await world.firings(ruleId)).toEqual([]);
  });

  it('can be switched off when its campaign is none of the org any more, but not be changed otherwise', async () => {
    const [lead, mine] = [await world.anOrg(), await world.anOrg()];
    const pageId = await world.fixture.aPage(mine.id, lead.campaignId);
    const ruleId = await world.aRule(mine.id, 'action_added', { campaignId: lead.campaignId });
    await world.rows('update catalog.action_pages set deleted_at = now() where id = $1', [pageId]);
    const refusal = { code: ruleRefusals.invalid, message: 'campaignId: is no campaign of the org' };
    await expect(world.change(mine.id, ruleId, { name: 'other' })).rejects.toMatchObject(refusal);
    expect(await world.change(mine.id, ruleId, { isEnabled: false })).toBe('changed');
    await expect(world.change(mine.id, ruleId, { isEnabled: true })).rejects.toMatchObject(refusal);
  });

  it('mails people of the org only, and its owners once the others have left', async () => {
    const mine = await world.anOrg();
    const [goes, other] = [
      await world.fixture.aStaffer(mine.id, 'campaigner'),
      await world.fixture.aStaffer(org.id, 'campaigner'),
    ];
    const recipients = [goes.email.toUpperCase(), other.email];
    await expect(world.aRule(mine.id, 'action_added', { recipients })).rejects.toMatchObject({
      code: ruleRefusals.invalid,
      message: 'recipients: number 2 is nobody of the org',
    });
    const ruleId = await world.aRule(mine.id, 'action_added', { recipients: [goes.email.toUpperCase()] });
    await world.rows('delete from catalog.staffers where user_id = $1', [goes.userId]);
    await world.tell(world.batch(world.aFact(mine)));
    const mails = await world.mailsOf(ruleId, 1);
    expect(mails.map(({ to }) => to.email)).toEqual([expect.stringMatching(/^owner/)]);
  });

  it('goes with its org', async () => {
    const mine = await world.anOrg();
    const ruleId = await world.aRule(mine.id, 'action_added');
    await world.rows('update catalog.orgs set deleted_at = now() where id = $1', [mine.id]);
    await waitFor(async () => (await world.fixture.count(`notify.rules where id = ${ruleId}`)) === 0);
  });
});
