import { randomBytes } from 'node:crypto';
import {
  exchanges,
  ingestKey,
  partitionCount,
  remindSupporterV1,
  type RemindSupporterV1,
} from '@groundswell/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decodeRef, partitionOfRef } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { NotifyFixture } from './notify-fixture';

const commandQueue = 'test.commands';
const reminder = { enabled: true };
const [confirming, day] = [1, 86_400_000];

interface Place {
  orgId: number;
  campaignId: number;
  pageId: number;
}
interface Waiting {
  id: number;
  ref: string;
}
interface Run {
  reminders: number;
  listed: { actionId: number; number: number; insertedAt: string }[] | null;
  error: string | null;
}

describe('confirm reminders (email-and-mtt.md §3.3)', () => {
  let fixture: NotifyFixture;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await NotifyFixture.create();
    await fixture.vhost.declareExchange(exchanges.ingest);
    await fixture.vhost.declareQueue(commandQueue, { exchange: exchanges.ingest, key: '#' });
    app = await fixture.start({ REMINDER_POLL_MS: '50' });
    // By the clock: the next is an hour later.
    await waitFor(async () => (await fixture.count('notify.reminder_runs where finished_at is not null')) === 1);
  });
  afterAll(() => fixture.close());

  const idOf = async (text: string, parameters: unknown[]): Promise<number> =>
    Number((await fixture.sql.query<{ id: string }>(text, parameters)).rows[0]?.id);
  const set = async (table: string, id: number, columns: Record<string, unknown>) => {
    const names = Object.keys(columns);
    const changes = names.map((name, at) => `${name} = $${at + 2}`).join(', ');
    await fixture.sql.query(`update ${table} set ${changes} where id = $1`, [id, ...Object.values(columns)]);
  };
  const setOrg = (id: number, columns: Record<string, unknown>) => set('catalog.orgs', id, columns);

  /** An org that reminds, with a campaign (or a page in another's) in which its supporters have to confirm. */
  const place = async (org: Record<string, unknown> = {}, campaignId?: number): Promise<Place> => {
    const orgId = await fixture.anOrg();
    const service = await idOf(`insert into catalog.services (org_id, name) values ($1, 'preview') returning id`, [
      orgId,
    ]);
    await setOrg(orgId, {
      email_backend_id: service,
      email_from: 'office@example.org',
      supporter_confirm: true,
      supporter_confirm_template: 'please confirm',
      config: JSON.stringify({ reminder }),
      ...org,
    });
    const campaign = campaignId ?? (await fixture.aCampaign(orgId));
    return { orgId, campaignId: campaign, pageId: await fixture.aPage(orgId, campaign) };
  };
  /** Somebody signed days ago, and has not confirmed. */
  const signed = async (
    { campaignId, pageId }: Place,
    daysAgo: number,
    { ref = randomBytes(32), supporter = {}, action = {} }: Signing = {},
  ): Promise<Waiting> => {
    const at = new Date(Date.now() - daysAgo * day);
    const person = { fingerprint: ref, email: 'harald@example.org', processing_status: confirming, ...supporter };
    const columns = { campaign_id: campaignId, action_page_id: pageId, inserted_at: at };
    const insert = (table: string, row: Record<string, unknown>) =>
      idOf(
        `insert into actions.${table} (${Object.keys(row).join(', ')})
         values (${Object.keys(row)
           .map((_, place) => `$${place + 1}`)
           .join(', ')}) returning id`,
        Object.values(row),
      );
    const supporterId = await insert('supporters', { ...columns, ...person });
    const id = await insert('actions', {
      ...columns,
      supporter_id: supporterId,
      action_type: 'register',
      with_consent: true,
      ...action,
    });
    return { id, ref: ref.toString('base64url') };
  };
  const ask = (orgId: number | null, isDry = false): Promise<number> =>
    idOf('insert into notify.reminder_runs (org_id, is_dry) values ($1, $2) returning id', [orgId, isDry]);
  const finished = (id: number): Promise<Run> =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query<Run>(
        'select reminders, listed, error from notify.reminder_runs where id = $1 and finished_at is not null',
        [id],
      );
      return rows[0];
    });
  const run = async (orgId: number | null, isDry = false): Promise<Run> => finished(await ask(orgId, isDry));
  const remindedOf = async ({ orgId }: Place): Promise<number> => (await run(orgId)).reminders;
  /** Commands in the queue once all are published. */
  const commands = async (): Promise<{ command: RemindSupporterV1; messageId: string; routingKey: string }[]> => {
    await waitFor(async () => (await fixture.count('notify.outbox')) === 0);
    return (await fixture.vhost.drain(commandQueue)).map(({ content, fields, properties }) => ({
      command: remindSupporterV1.parse(JSON.parse(content.toString())),
      messageId: String(properties.messageId),
      routingKey: fields.routingKey,
    }));
  };
  /** As if this much time had passed since. */
  const pass = async (days: number) => {
    await fixture.sql.query(`update actions.actions set inserted_at = inserted_at - $1 * interval '1 day'`, [days]);
    await fixture.sql.query(`update notify.reminders set asked_at = asked_at - $1 * interval '1 day'`, [days]);
  };

  beforeEach(async () => {
    await fixture.sql.query('truncate actions.supporters, actions.actions cascade');
    await commands();
  });

  it('are asked of action-ingest, in the partition of the supporter, and hold no address', async () => {
    const at = await place();
    const { id, ref } = await signed(at, 3);
    expect(await run(at.orgId)).toEqual({ reminders: 1, listed: null, error: null });
    const [one, ...others] = await commands();
    expect(others).toEqual([]);
    expect(one?.command).toMatchObject({ kind: 'remind_supporter', actionId: id, ref, reminder: 1 });
    expect(one?.messageId).toBe(one?.command.id);
    expect(one?.routingKey).toBe(ingestKey(partitionOfRef(decodeRef(ref) as Buffer, partitionCount)));
    expect(JSON.stringify(one)).not.toContain('@');
    await expect(fixture.sql.query('set role gs_notify; select email from actions.supporters')).rejects.toThrow(
      'permission denied',
    );
    await fixture.sql.query('reset role');
  });

  describe('are for orgs', () => {
    it.each<[string, Record<string, unknown>, number]>([
      ['that have all of it', {}, 1],
      ['without a mail account: none', { email_backend_id: null }, 0],
      ['without a sender address: none', { email_from: null }, 0],
      ['that do not remind: none', { config: '{}' }, 0],
      ['that switched it off: none', { config: JSON.stringify({ reminder: { enabled: false } }) }, 0],
      ['that say it in words: none', { config: JSON.stringify({ reminder: { enabled: 'true' } }) }, 0],
      ['that want 0 of them: none', { config: JSON.stringify({ reminder: { ...reminder, max_count: 0 } }) }, 0],
      ['that ask nobody to confirm: none', { supporter_confirm: false }, 0],
      ['whose own software asks: none', { custom_supporter_confirm: true }, 0],
      ['that have no mail to send: none', { supporter_confirm_template: null }, 0],
    ])('%s', async (_name, columns, reminders) => {
      const at = await place(columns);
      await signed(at, 3);
      expect(await remindedOf(at)).toBe(reminders);
    });

    it.each([
      ['asks for it, though the org does not', false, true, 1],
      ['asks for none, though the org does', true, false, 0],
    ])('a campaign that %s has the say', async (_name, ofOrg, ofCampaign, reminders) => {
      const at = await place({ supporter_confirm: ofOrg });
      await set('catalog.campaigns', at.campaignId, { supporter_confirm: ofCampaign });
      await signed(at, 3);
      expect(await remindedOf(at)).toBe(reminders);
    });

    it('with a page in the campaign of another that asks for it', async () => {
      const lead = await fixture.anOrg();
      const campaignId = await fixture.aCampaign(lead);
      await set('catalog.campaigns', campaignId, { supporter_confirm: true, supporter_confirm_template: 'confirm' });
      const partner = await place({ supporter_confirm: false, supporter_confirm_template: null }, campaignId);
      await signed(partner, 3);
      expect(await remindedOf(partner)).toBe(1);
    });

    it.each(['orgs', 'campaigns', 'action_pages'])('none where their row of %s is deleted', async (table) => {
      const at = await place();
      await signed(at, 3);
      const id = { orgs: at.orgId, campaigns: at.campaignId, action_pages: at.pageId }[table] ?? 0;
      await set(`catalog.${table}`, id, { deleted_at: new Date() });
      expect(await remindedOf(at)).toBe(0);
    });
  });

  describe('are for signatures', () => {
    it.each<[string, Signing, number]>([
      ['that wait', {}, 1],
      ['of who opted in', { supporter: { email_status: 1 } }, 1],
      ['without consent: none', { action: { with_consent: false } }, 0],
      ['not processed yet: none', { supporter: { processing_status: 0 } }, 0],
      ['that were rejected: none', { supporter: { processing_status: 2 }, action: { processing_status: 2 } }, 0],
      ['that were accepted: none', { supporter: { processing_status: 3 }, action: { processing_status: 4 } }, 0],
      ['whose address is gone: none', { supporter: { email: null } }, 0],
      ...[2, 3, 4, 5, 6].map((status): [string, Signing, number] => [
        `with email status ${status}: none`,
        { supporter: { email_status: status } },
        0,
      ]),
    ])('%s', async (_name, signing, reminders) => {
      const at = await place();
      await signed(at, 3, signing);
      expect(await remindedOf(at)).toBe(reminders);
    });

    it.each([
      [1.9, 0],
      [2.1, 1],
      [7.9, 1],
      [8.1, 0],
    ])('of %d days ago: %i', async (daysAgo, reminders) => {
      const at = await place();
      await signed(at, daysAgo);
      expect(await remindedOf(at)).toBe(reminders);
    });

    it('once for each person and campaign: of the newest', async () => {
      const [at, other] = [await place(), await place()];
      const ref = randomBytes(32);
      await signed(at, 4, { ref });
      const newest = await signed(at, 3, { ref });
      const elsewhere = await signed(other, 3, { ref });
      expect((await run(null)).reminders).toBe(2);
      const asked = (await commands()).map(({ command }) => command.actionId);
      expect(asked.sort()).toEqual([newest.id, elsewhere.id].sort());
      expect((await run(null)).reminders).toBe(0);
    });

    it('once when the person signed with two orgs of a campaign', async () => {
      const lead = await place();
      const partner = await place({}, lead.campaignId);
      const ref = randomBytes(32);
      await signed(lead, 3, { ref });
      await signed(partner, 3, { ref });
      expect((await run(null)).reminders).toBe(1);
      expect((await run(null)).reminders).toBe(0);
    });

    it('none when an address of the same person bounced in the campaign', async () => {
      const at = await place();
      const ref = randomBytes(32);
      await signed(at, 3, { ref });
      await signed(at, 4, { ref, supporter: { processing_status: 2, email_status: 2 } });
      expect(await remindedOf(at)).toBe(0);
    });
  });

  it.each([
    [undefined, undefined],
    [1, 5],
    ['3', '2'],
  ])('come every %s days, exactly %s times', async (delay, count) => {
    const at = await place({
      config: JSON.stringify({ reminder: { ...reminder, delay_days: delay, max_count: count } }),
    });
    const [delayDays, maxCount] = [Number(delay ?? 2), Number(count ?? 3)];
    const { id } = await signed(at, 0);
    const sent: [day: number, reminder: number][] = [];
    // Each hour of the last day before one is due, and each half day besides.
    for (let hours = 0; hours < (maxCount + 3) * delayDays * 24; hours += 12) {
      await pass(0.5);
      if ((await remindedOf(at)) === 0) continue;
      sent.push([(hours + 12) / 24, (await commands())[0]?.command.reminder ?? 0]);
    }
    expect(sent).toEqual(Array.from({ length: maxCount }, (_, n) => [(n + 1) * delayDays, n + 1]));
    expect(await fixture.count(`notify.reminders where action_id = ${id}`)).toBe(maxCount);
  });

  it('what was missed while nobody looked comes one at a time', async () => {
    const at = await place();
    await signed(at, 7);
    expect(await remindedOf(at)).toBe(1);
    expect(await remindedOf(at)).toBe(0);
    await pass(0.9);
    expect(await remindedOf(at)).toBe(0);
  });

  it('of one org fail alone', async () => {
    const [first, wrong, last] = [
      await place(),
      await place({ config: JSON.stringify({ reminder: { ...reminder, delay_days: 'soon' } }) }),
      await place(),
    ];
    for (const at of [first, wrong, last]) await signed(at, 3);
    expect(await run(null)).toEqual({ reminders: 2, listed: null, error: `failed for orgs ${wrong.orgId}` });
    expect(await run(wrong.orgId)).toMatchObject({
      reminders: 0,
      error: 'config.reminder.delay_days must be a whole number from 1 to 1000',
    });
    expect(await run(999_999)).toMatchObject({ error: 'no such org' });
  });

  it('a dry run lists them and asks for none', async () => {
    const at = await place();
    const { id } = await signed(at, 3);
    const dry = await run(at.orgId, true);
    expect(dry).toEqual({
      reminders: 1,
      listed: [{ actionId: id, number: 1, insertedAt: expect.stringMatching(/Z$/) }],
      error: null,
    });
    expect(await commands()).toEqual([]);
    expect(await remindedOf(at)).toBe(1);
    expect((await run(at.orgId, true)).listed).toEqual([]);
  });

  it('more than a batch are each asked for once, by two services at the same time', async () => {
    const at = await place();
    await fixture.sql.query(
      `with people as (
         insert into actions.supporters (campaign_id, action_page_id, fingerprint, email, processing_status, inserted_at)
         select $1, $2, sha256(n::text::bytea), 'a@example.org', 1, now() - interval '3 days' from generate_series(1, 1200) n
         returning id, campaign_id, action_page_id, inserted_at)
       insert into actions.actions (supporter_id, campaign_id, action_page_id, inserted_at, action_type, with_consent)
       select id, campaign_id, action_page_id, inserted_at, 'register', true from people`,
      [at.campaignId, at.pageId],
    );
    // Another one that thinks it holds the lease.
    await fixture.sql.query(`update notify.leases set expires_at = now() - interval '1 second'`);
    const second = await fixture.start({ REMINDER_POLL_MS: '20' });
    const runs = await Promise.all([ask(at.orgId), ask(at.orgId), ask(at.orgId)]);
    const found = await Promise.all(runs.map(finished));
    const asked = await commands();
    expect(new Set(asked.map(({ command }) => command.actionId)).size).toBe(1_200);
    expect(asked).toHaveLength(1_200);
    expect(found.every(({ error }) => error === null)).toBe(true);
    await fixture.stop(second);
  });

  it('what a service asked for and could not publish before it ended, the next one publishes once', async () => {
    const at = await place();
    const { id } = await signed(at, 3);
    await fixture.stop(app);
    await fixture.sql.query(`update topology.queue_sets set state = 'pending' where scope = 'system'`);
    const first = await fixture.start({ REMINDER_POLL_MS: '50' });
    await run(at.orgId);
    await fixture.stop(first);
    expect(await fixture.count('notify.outbox')).toBe(1);
    await fixture.sql.query(`update topology.queue_sets set state = 'confirmed' where scope = 'system'`);
    app = await fixture.start({ REMINDER_POLL_MS: '50' });
    expect(await remindedOf(at)).toBe(0);
    expect((await commands()).map(({ command }) => command.actionId)).toEqual([id]);
  });

  it('are looked for soon after the start, and not again before their time, however often it starts', async () => {
    const ofClock = 'notify.reminder_runs where org_id is null and finished_at is not null';
    await fixture.stop(app);
    const at = await place();
    await signed(at, 3);
    await fixture.sql.query('delete from notify.reminder_runs');
    app = await fixture.start({ REMINDER_POLL_MS: '50' });
    await waitFor(async () => (await fixture.count(`${ofClock} and reminders = 1`)) === 1);
    await fixture.stop(app);
    app = await fixture.start({ REMINDER_POLL_MS: '50' });
    expect(await remindedOf(at)).toBe(0);
    expect(await fixture.count(ofClock)).toBe(1);
    await fixture.sql.query(`update notify.reminder_runs set asked_at = now() - interval '61 minutes'`);
    await waitFor(async () => (await fixture.count(ofClock)) === 2);
  });
});

interface Signing {
  ref?: Buffer;
  supporter?: Record<string, unknown>;
  action?: Record<string, unknown>;
}
