import { randomBytes } from 'node:crypto';
import { Catalogue } from '@groundswell/persistence';
import type { TestDatabase } from '@groundswell/testing';
import request from 'supertest';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

interface Settings {
  pausedAt: string | null;
  progress: Record<string, number>;
  forecast: { day: string; planned: number }[];
  forecastLeft: number;
}

interface Message {
  target: string;
  at?: string;
  state?: string;
  rank?: number | null;
  testing?: boolean;
  person?: Record<string, string>;
  /** Org with a contact record of the person. */
  recordOf?: number | null;
  text?: [string, string];
}

const dayMs = 86_400_000;

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let campaign: { id: number; name: string };
let pageId: number;
let admin: string;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  admin = (await gateway.addUser('root@example.org', 15)).token;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  const mtt = { startAt: new Date(Date.now() - dayMs), endAt: new Date(Date.now() + 3 * dayMs) };
  campaign = await gateway.addCampaign(org, { mtt });
  pageId = (await gateway.addPage(org, campaign)).id;
});

const fields = `pausedAt forecastLeft forecast { day planned }
  progress { waiting sending sent failed cancelled unknown duplicates }`;
const settings = async (): Promise<Settings> =>
  (
    await gateway.get<{ campaign: { mtt: Settings } }>(
      `query ($id: Int) { campaign(id: $id) { ... on PrivateCampaign { mtt { ${fields} } } } }`,
      { id: campaign.id },
      org.token,
    )
  ).campaign.mtt;
const run = (operation: string, id = campaign.id) =>
  gateway.ask(`mutation { ${operation}(campaignId: ${id}) { id } }`, {}, org.token);
const change = (input: object) =>
  gateway.errors(
    'mutation ($id: Int, $input: CampaignInput!) { updateCampaign(id: $id, input: $input) { id } }',
    { id: campaign.id, input },
    org.token,
  );

const listTargets = async (names: Record<string, string[]>, outdated = 'KEEP', token = org.token) => {
  const targets = Object.entries(names).map(([name, emails]) => ({
    ...{ externalId: `${campaign.name}_${name}`, name },
    emails: emails.map((email) => ({ email })),
  }));
  const { upsertTargets } = await gateway.get<{
    upsertTargets: { id: string; emails: { email: string; emailStatus: string; error: string | null }[] }[];
  }>(
    `mutation ($targets: [TargetInput!]!, $id: Int!, $outdated: OutdatedTargets) {
       upsertTargets(targets: $targets, campaignId: $id, outdatedTargets: $outdated) {
         id emails { email emailStatus error } } }`,
    { targets, id: campaign.id, outdated },
    token,
  );
  return upsertTargets;
};

/** As action-ingest and mtt-service leave it. */
async function addMessage(message: Message): Promise<void> {
  const { target, at = '2026-01-01T00:00:00Z', state = 'sent', rank = 0, testing = false, person = {} } = message;
  const { recordOf = org.id, text = ['Subject', 'Body'] } = message;
  const { first = 'Ada', last = 'L', email = 'ada@example.org' } = person;
  await gateway.owner.query(
    `with p as (insert into actions.supporters (campaign_id, action_page_id, fingerprint, first_name, last_name, email, area)
                values ($1, $2, $3, $4, $5, $6, 'DE') returning id),
          r as (insert into actions.contacts (supporter_id, org_id, payload) select id, $7, '' from p where $7::bigint is not null),
          a as (insert into actions.actions (action_type, campaign_id, action_page_id, supporter_id, processing_status, inserted_at)
                select 'mail2target', $1, $2, id, 4, $8::timestamptz from p returning id),
          c as (insert into actions.message_contents (subject, body) values ($9, $10) returning id),
          m as (insert into actions.messages (action_id, message_content_id, target_id) select a.id, c.id, $11 from a, c returning id)
     insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, testing, accepted_at, dupe_rank, state)
     select m.id, a.id, $1, $11, $3, $12, $8, $13, $14 from m, a`,
    [
      ...[campaign.id, pageId, randomBytes(32), first, last, email, recordOf, at, ...text, target],
      ...[testing, rank, state],
    ],
  );
}

describe('pauseMtt and resumeMtt', () => {
  it('mark the campaign, once: a repetition changes nothing and raises no version', async () => {
    const catalogue = gateway.app.get(Catalogue);
    await run('pauseMtt');
    const { pausedAt } = await settings();
    expect(Date.parse(pausedAt!)).toBeLessThanOrEqual(Date.now());
    const { version } = catalogue;
    expect((await run('pauseMtt')).errors).toBeUndefined();
    await catalogue.refresh();
    expect([catalogue.version, (await settings()).pausedAt]).toEqual([version, pausedAt]);
    expect(await change({ mtt: { ccSender: true } })).toEqual([]);
    expect((await settings()).pausedAt).toBe(pausedAt);
    await run('resumeMtt');
    expect((await settings()).pausedAt).toBeNull();
    const { rows } = await gateway.owner.query<{ changeset: object }>(
      `select changeset from catalog.audit_log where resource_id = $1 and changeset->>'operation' ~ 'Mtt' order by inserted_at`,
      [String(campaign.id)],
    );
    const entry = (operation: string, changed: boolean) => ({ changeset: { operation, orgId: org.id, changed } });
    expect(rows).toEqual([entry('pauseMtt', true), entry('pauseMtt', false), entry('resumeMtt', true)]);
  });

  it('need a campaign with mail to targets', async () => {
    const without = await gateway.addCampaign(org);
    expect((await run('pauseMtt', without.id)).errors).toMatchObject([
      { message: 'Campaign does not support MTT', path: ['pauseMtt', 'campaignId'] },
    ]);
  });
});

describe('progress and forecast', () => {
  it('count messages by state, tests aside', async () => {
    const [a, b] = await listTargets({ a: ['a@example.org'], b: ['b@example.org'] });
    for (const state of ['pending', 'pending', 'sending', 'sent', 'failed', 'unknown']) {
      await addMessage({ target: a!.id, state });
    }
    await addMessage({ target: b!.id, state: 'pending' });
    await addMessage({ target: b!.id, state: 'pending', rank: 1 });
    await addMessage({ target: b!.id, state: 'cancelled', rank: null });
    await addMessage({ target: b!.id, state: 'pending', rank: null, testing: true });
    expect((await settings()).progress).toEqual({
      ...{ waiting: 3, sending: 1, sent: 1, failed: 1, cancelled: 1, unknown: 1, duplicates: 1 },
    });
  });

  it('say what goes on which day, and what is left: without an address that takes mail, or once it is closed, everything', async () => {
    const [a, b] = await listTargets({ a: ['a@example.org'], b: ['b@example.org'] });
    for (let n = 0; n < 8; n += 1) await addMessage({ target: a!.id, state: 'pending' });
    for (let n = 0; n < 4; n += 1) await addMessage({ target: b!.id, state: 'pending' });
    const { forecast, forecastLeft } = await settings();
    expect(forecast[0]?.day).toBe(new Date().toISOString().slice(0, 10));
    expect([forecast.reduce((sum, { planned }) => sum + planned, 0), forecastLeft]).toEqual([12, 0]);
    await gateway.owner.query(
      `insert into mtt.target_email_states (target_email_id, status)
       select id, 'bounce' from catalog.target_emails where target_id = $1`,
      [b!.id],
    );
    const second = await settings();
    expect([second.forecast.reduce((sum, { planned }) => sum + planned, 0), second.forecastLeft]).toEqual([8, 4]);
    await change({ status: 'CLOSED' });
    expect(await settings()).toMatchObject({ forecast: [], forecastLeft: 12 });
  });

  it('are of nothing where nobody wrote', async () => {
    const { progress, forecast, forecastLeft } = await settings();
    expect(Object.values(progress)).toEqual(Array(7).fill(0));
    expect([forecast.every(({ planned }) => planned === 0), forecastLeft]).toEqual([true, 0]);
  });
});

describe('addresses of targets', () => {
  it('show what mtt-service knows of them, and keep it; disabling leaves those alone that get no mail anyway', async () => {
    const addresses = { a: ['bounced@example.org', 'active@example.org', 'new@example.org'] };
    await listTargets(addresses);
    await gateway.owner.query(
      `insert into mtt.target_email_states (target_email_id, status, error)
       select e.id, s.status, s.error
         from (values ('bounced', 'bounce', '550 no such user'), ('active', 'active', null)) as s (name, status, error)
         join catalog.target_emails e on e.email = s.name || '@example.org'
         join catalog.targets t on t.id = e.target_id and t.campaign_id = $1`,
      [campaign.id],
    );
    const shown = [
      { email: 'bounced@example.org', emailStatus: 'BOUNCE', error: '550 no such user' },
      { email: 'active@example.org', emailStatus: 'ACTIVE', error: null },
      { email: 'new@example.org', emailStatus: 'NONE', error: null },
    ];
    expect((await listTargets({ a: [' BOUNCED@example.org', ...addresses.a.slice(1)] }))[0]?.emails).toEqual(shown);
    await listTargets({}, 'DISABLE');
    const { campaign: seen } = await gateway.get<{ campaign: { targets: { emails: object[] }[] } }>(
      `{ campaign(id: ${campaign.id}) { targets { ... on PrivateTarget { emails { email emailStatus error } } } } }`,
      {},
      admin,
    );
    const inactive = { emailStatus: 'INACTIVE' };
    expect(seen.targets[0]?.emails).toEqual([shown[0], ...shown.slice(1).map((one) => ({ ...one, ...inactive }))]);
    expect((await listTargets(addresses))[0]?.emails).toEqual(shown);
  });
});

describe('settings', () => {
  it('Fix: the end is compared with the start that stays, and the start with the end that stays', async () => {
    const atEnd = [['should be after start_at', 'updateCampaign.mtt.endAt']];
    expect(await change({ mtt: { endAt: new Date(Date.now() - 2 * dayMs) } })).toEqual(atEnd);
    expect(await change({ mtt: { startAt: new Date(Date.now() + 4 * dayMs) } })).toEqual(atEnd);
    const endOfTime = { endAt: new Date('2999-01-01T00:00:00Z') };
    expect(await change({ mtt: endOfTime })).toEqual([['is invalid', 'updateCampaign.mtt.endAt']]);
    const later = { startAt: new Date(Date.now() + 4 * dayMs), endAt: new Date(Date.now() + 5 * dayMs) };
    expect(await change({ mtt: later })).toEqual([]);
  });

  it('Fix: each cc address is checked at its place; empty ones and repetitions go', async () => {
    expect(await change({ mtt: { ccContacts: ['', 'no', 'a@example.org', 'a b@example.org'] } })).toEqual([
      ['has invalid format', 'updateCampaign.mtt.ccContacts.1'],
      ['has invalid format', 'updateCampaign.mtt.ccContacts.3'],
    ]);
    const contacts = (count: number) => Array.from({ length: count }, (_, at) => `cc${at}@example.org`);
    expect(await change({ mtt: { ccContacts: contacts(50) } })).toEqual([
      ['should have at most 49 item(s)', 'updateCampaign.mtt.ccContacts'],
    ]);
    expect(await change({ mtt: { ccContacts: [...contacts(49), 'cc1@example.org'] } })).toEqual([]);
    expect(await change({ mtt: { ccContacts: [' a@example.org', null, 'a@example.org'] } })).toEqual([]);
    expect(
      await gateway.one('select cc_contacts as cc from catalog.mtt where campaign_id = $1', [campaign.id]),
    ).toEqual({ cc: ['a@example.org'] });
  });

  it.each([['Europe/Nowhere'], ['+01:00']])('refuse the time zone %s', async (timezone) => {
    expect(await change({ mtt: { timezone } })).toEqual([['is invalid', 'updateCampaign.mtt.timezone']]);
  });

  it('New: MTT and a page of a high-security org are refused, whichever comes last', async () => {
    const refusal = 'MTT does not work with pages of high-security orgs';
    const rename = 'mutation ($name: String!, $input: OrgInput!) { updateOrg(name: $name, input: $input) { id } }';
    const secure = await gateway.addOrg();
    const makeSecure = (name: string) => gateway.errors(rename, { name, input: { highSecurity: true } }, admin);
    expect(await makeSecure(secure.name)).toEqual([]);
    const addPage = `mutation ($org: String!, $campaign: String!, $input: ActionPageInput!) {
      addActionPage(orgName: $org, campaignName: $campaign, input: $input) { id } }`;
    const page = { org: secure.name, campaign: campaign.name, input: { name: `${unique('page')}/en`, locale: 'en' } };
    expect(await gateway.errors(addPage, page, secure.token)).toEqual([[refusal, 'addActionPage']]);
    const own = await gateway.addCampaign(secure);
    await gateway.addPage(secure, own);
    const mtt = { startAt: new Date(), endAt: new Date(Date.now() + dayMs) };
    const set = 'mutation ($id: Int, $input: CampaignInput!) { updateCampaign(id: $id, input: $input) { id } }';
    expect(await gateway.errors(set, { id: own.id, input: { mtt } }, secure.token)).toEqual([
      [refusal, 'updateCampaign.mtt'],
    ]);
    expect(await makeSecure(org.name)).toEqual([[refusal, 'updateOrg.highSecurity']]);
  });
});

describe('the export of messages', () => {
  const file = (query: object, token: string | null = org.token) => {
    const call = request(gateway.app.getHttpServer())
      .get('/export/messages.csv')
      .query({ org: org.name, ...query });
    return token === null ? call : call.set('authorization', `Bearer ${token}`);
  };
  const header = 'first_name,last_name,email,area,campaign_name,target_name,msg_subject,msg_body,created_at';

  it('is CSV in order of the actions, of first messages unless duplicates are wanted', async () => {
    const [a] = await listTargets({ a: ['one@example.org', 'two@example.org'] });
    const target = a!.id;
    await addMessage({ target, at: '2026-01-02T10:00:00Z', text: ['=cmd', 'Dear "you",\nplease'] });
    await addMessage({ target, at: '2026-01-01T09:00:00.5Z', person: { first: 'Bo', email: '' }, state: 'pending' });
    await addMessage({ target, at: '2026-01-03T09:00:00Z', rank: 1, person: { first: 'Twice' } });
    await addMessage({ target, rank: null, testing: true });
    const bo = `Bo,L,,DE,${campaign.name},a,Subject,Body,2026-01-01T09:00:00.500Z`;
    const ada = `Ada,L,ada@example.org,DE,${campaign.name},a,'=cmd,"Dear ""you"",\nplease",2026-01-02T10:00:00.000Z`;
    const answer = await file({ target });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(answer.text).toBe([header, bo, ada].join('\n'));
    expect((await file({ email: ' Two@example.org', campaign: campaign.name, sent: 'true' })).text).toBe(
      `${header}\n${ada}`,
    );
    expect((await file({ email: 'one@example.org', sent: 'false' })).text).toBe(`${header}\n${bo}`);
    expect((await file({ target, duplicates: 'true' })).text.split('\n').at(-1)).toMatch(/^Twice/);
    const { rows } = await gateway.owner.query<{ changeset: object }>(
      `select changeset from catalog.audit_log where resource = 'export' and changeset->'targets' ? $1 order by inserted_at limit 1`,
      [target],
    );
    expect(rows).toEqual([
      { changeset: { operation: 'messages', orgId: org.id, targets: [target], duplicates: false, sent: null } },
    ]);
  });

  it('comes in parts, each message once', async () => {
    const [a] = await listTargets({ a: ['many@example.org'] });
    await addMessage({ target: a!.id, text: ['no 0', ''] });
    await gateway.owner.query(
      `with c as (insert into actions.message_contents (subject) select 'no ' || n from generate_series(1, 449) n returning id),
            m as (insert into actions.messages (action_id, message_content_id, target_id)
                  select known.action_id, c.id, known.target_id from c, actions.messages known where known.target_id = $1
                  returning id, action_id)
       insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, accepted_at, dupe_rank)
       select m.id, s.action_id, s.campaign_id, s.target_id, sha256(m.id::text::bytea),
              s.accepted_at - (m.id % 7) * interval '1 ms', 0
         from m join mtt.message_states s on s.action_id = m.action_id`,
      [a!.id],
    );
    const subjects = (await file({ target: a!.id })).text
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[6]);
    expect([subjects.length, new Set(subjects).size, subjects.at(-1)]).toEqual([450, 450, 'no 449']);
  });

  it('holds only people of whom the org has a record, but for instance admins', async () => {
    const [a] = await listTargets({ a: ['a@example.org'] });
    await addMessage({ target: a!.id, person: { first: 'Ours' } });
    await addMessage({ target: a!.id, person: { first: 'Theirs' }, recordOf: null });
    expect((await file({ target: a!.id })).text).not.toContain('Theirs');
    expect((await file({ target: a!.id }, admin)).text).toContain('Theirs');
  });

  it('is for those who may export, and says when there is nothing', async () => {
    const [a] = await listTargets({ a: [`${campaign.name}@example.org`] });
    const stranger = await gateway.addOrg();
    const none = { errors: [{ message: `No messages found for ${a!.id}`, extensions: { code: 'not_found' } }] };
    expect((await file({ target: a!.id })).body).toEqual(none);
    await addMessage({ target: a!.id });
    expect((await file({ target: a!.id }, null)).status).toBe(401);
    expect((await file({ target: a!.id }, stranger.token)).status).toBe(403);
    const elsewhere = await file({ org: stranger.name, target: a!.id }, stranger.token);
    expect([elsewhere.status, elsewhere.body]).toEqual([404, none]);
    for (const query of [
      {},
      { target: 'x' },
      { target: a!.id, email: 'a@example.org' },
      { target: a!.id, sent: '1' },
    ]) {
      expect((await file(query)).status).toBe(400);
    }
  });
});
