import { randomBytes } from 'node:crypto';
import { fingerprint } from '@groundswell/crypto';
import { permissionMask } from '@groundswell/domain';
import { exportPageBytes } from '@groundswell/persistence';
import { Client } from 'pg';
import { exportPageRows } from '../../src/exports/export-criteria';
import { fingerprintSeed } from './accept.fixture';
import { insertSignature, type ExportedPerson } from './exported-world';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';
import { StatementCounter } from './statement-counter';

let fleet: GatewayFleet;
let gateway: RunningGateway;
let lead: number;
let partner: number;
let pageId: number;
let ownPageId: number;
let campaignId: number;
let token: { lead: string; partner: string; none: string };

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  lead = await fleet.insert('orgs', { name: 'lead', title: 'Lead' });
  partner = await fleet.insert('orgs', { name: 'partner', title: 'Partner' });
  campaignId = await fleet.insert('campaigns', { name: 'bees', title: 'Bees', org_id: lead });
  const page = { locale: 'en', campaign_id: campaignId };
  pageId = await fleet.insert('action_pages', { ...page, name: 'partner/bees', org_id: partner });
  ownPageId = await fleet.insert('action_pages', { ...page, name: 'lead/bees', org_id: lead });
  token = { lead: await fleet.addOwner(lead), partner: await fleet.addOwner(partner), none: await fleet.addOwner() };
  gateway = await fleet.start();
  await gateway.isReady();
});
afterAll(() => fleet.close());
beforeEach(() =>
  fleet.sql.query('truncate actions.supporters, actions.actions, actions.sources, catalog.audit_log cascade'),
);

const sign = (change: Partial<Parameters<typeof insertSignature>[1]> = {}): Promise<ExportedPerson> =>
  insertSignature(fleet, { pageId, campaignId, orgIds: [lead, partner], ...change });
const ask = (field: string, args: string, selection = 'actionId', bearer = token.lead) =>
  gateway.post(`{ ${field}(orgName: "lead"${args}) { ${selection} } }`, {}, bearer);
const rows = async (args = '', selection = 'actionId', field = 'actions') => {
  const answer = await ask(field, args, selection);
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors));
  return (answer.data as unknown as Record<string, Record<string, unknown>[]>)[field] ?? [];
};
const ids = async (args = '', field = 'actions'): Promise<number[]> =>
  (await rows(args, 'actionId', field)).map(({ actionId }) => Number(actionId));

const everything = `actionId createdAt actionType customFields fields { key value } tracking { source medium campaign content }
  campaign { name ... on PrivateCampaign { id } } actionPage { locale name }
  contact { contactRef dupeRank payload nonce publicKey { id public } signKey { id public } }
  privacy { optIn givenAt emailStatus emailStatusChanged withConsent }
  donation { schema amount currency payload frequencyUnit }`;

describe('actions, field by field', () => {
  it('has the JSON text itself for a record in clear, and null where nothing is', async () => {
    const { ref, actionId } = await sign({
      action: { fields: '{"comment": "please", "bar": ["987", "456"]}', inserted_at: '2026-04-12T16:14:14.789Z' },
      contact: { communication_consent: null, inserted_at: '2026-04-12T16:14:13.100Z' },
    });
    expect(await ids()).toEqual([]);
    expect(await rows(', onlyOptIn: false', 'privacy { optIn }')).toEqual([{ privacy: { optIn: null } }]);
    await fleet.sql.query('update actions.contacts set communication_consent = true');
    expect(await rows('', everything)).toEqual([
      {
        actionId,
        createdAt: '2026-04-12T16:14:14',
        actionType: 'register',
        customFields: expect.any(String),
        fields: expect.arrayContaining([
          { key: 'comment', value: 'please' },
          { key: 'bar', value: '987' },
          { key: 'bar', value: '456' },
        ]),
        tracking: null,
        campaign: { name: 'bees', id: campaignId },
        actionPage: { locale: 'en', name: 'partner/bees' },
        contact: {
          contactRef: ref.toString('base64url'),
          dupeRank: null,
          payload: '{"firstName":"Harald"}',
          nonce: null,
          publicKey: null,
          signKey: null,
        },
        privacy: {
          optIn: true,
          givenAt: '2026-04-12T16:14:13',
          emailStatus: 'NONE',
          emailStatusChanged: null,
          withConsent: true,
        },
        donation: null,
      },
    ]);
    const [{ customFields }] = (await rows('', 'customFields')) as unknown as [{ customFields: string }];
    expect(JSON.parse(customFields)).toEqual({ comment: 'please', bar: ['987', '456'] });
  });

  it('has ciphertext, nonce and both keys for a sealed one, its tracking, donation and rank', async () => {
    const key = await fleet.activateKey(lead);
    const instanceKey = await fleet.activateKey(partner);
    const source = { source: 'mail', medium: 'news', campaign: 'unknown', content: '', location: 'https://x.org/a' };
    const sourceId = await fleet.insert('sources', { ...source, hash: randomBytes(8) }, 'actions');
    const [payload, nonce] = [randomBytes(70), randomBytes(24)];
    const { actionId } = await sign({
      orgIds: [lead],
      action: { source_id: sourceId },
      supporter: { dupe_rank: 2, email_status: 1, email_status_changed: '2026-04-12T16:14:14Z' },
      contact: { payload, crypto_nonce: nonce, public_key_id: key.id, sign_key_id: instanceKey.id },
    });
    const gift = { action_id: actionId, schema: 0, payload: '{"provider":"stripe"}', amount: 1200, currency: 'EUR' };
    await fleet.insert('donations', { ...gift, frequency_unit: 2 }, 'actions');
    const [row] = await rows('', everything);
    expect(row).toMatchObject({
      contact: {
        dupeRank: 2,
        payload: payload.toString('base64url'),
        nonce: nonce.toString('base64url'),
        publicKey: { id: key.id, public: key.public.toString('base64url') },
        signKey: { id: instanceKey.id, public: instanceKey.public.toString('base64url') },
      },
      tracking: { source: 'mail', medium: 'news', campaign: 'unknown', content: '' },
      privacy: { emailStatus: 'DOUBLE_OPT_IN', emailStatusChanged: '2026-04-12T16:14:14' },
      donation: {
        schema: 'STRIPE_PAYMENT_INTENT',
        amount: 1200,
        currency: 'EUR',
        payload: '{"provider":"stripe"}',
        frequencyUnit: 'MONTHLY',
      },
    });
  });
});

describe('which actions', () => {
  it("are those with the org's own record: own pages, partner pages that delivered; never another org's copy", async () => {
    const own = await sign({ pageId: ownPageId, orgIds: [lead] });
    const delivered = await sign({ orgIds: [partner, lead] });
    await sign({ orgIds: [partner] });
    expect(await ids()).toEqual([own.actionId, delivered.actionId]);
  });

  it('are accepted ones of accepted supporters, with opt-in, not testing, unless asked otherwise', async () => {
    const accepted = await sign();
    for (const [supporter, action] of [
      [1, 4],
      [3, 1],
      [3, 0],
      [2, 2],
    ]) {
      await sign({ supporter: { processing_status: supporter }, action: { processing_status: action } });
    }
    const repeat = await sign({ action: { processing_status: 5 } });
    const emitting = await sign({ action: { processing_status: 3 } });
    const silent = await sign({ contact: { communication_consent: false } });
    const confirmed = await sign({ supporter: { email_status: 1 } });
    const testing = await sign({ action: { testing: true } });
    const share = await sign({ action: { with_consent: false } });
    const usual = [accepted, repeat, emitting, confirmed, share].map(({ actionId }) => actionId);
    expect(await ids()).toEqual(usual);
    expect(await ids(', onlyOptIn: null, limit: null, start: null, after: null, campaignName: null')).toEqual(usual);
    expect(await ids(', onlyOptIn: false')).toContain(silent.actionId);
    expect(await ids(', onlyDoubleOptIn: true')).toEqual([confirmed.actionId]);
    expect(await ids(', includeTesting: true')).toEqual(
      [...usual, testing.actionId].sort((left, right) => left - right),
    );
    expect(await ids('', 'contacts')).toEqual(usual.filter((id) => id !== share.actionId));
    expect(await ids('', 'exportActions')).toEqual(usual);
  });

  it('are of the named campaign, from an id and from an instant on; the name beats the id', async () => {
    const other = await fleet.insert('campaigns', { name: `other${Date.now()}`, title: 'Other', org_id: lead });
    const otherPage = { name: `lead/other${Date.now()}`, locale: 'en', campaign_id: other, org_id: lead };
    const otherPageId = await fleet.insert('action_pages', otherPage);
    const old = await sign({ action: { inserted_at: '2020-01-01T00:00:00Z' } });
    const elsewhere = await sign({ pageId: otherPageId, campaignId: other });
    const recent = await sign();
    expect(await ids(`, campaignId: ${other}`)).toEqual([elsewhere.actionId]);
    expect(await ids(`, campaignName: "BEES", campaignId: ${other}`)).toEqual([old.actionId, recent.actionId]);
    expect(await ids(', campaignName: "nothing"')).toEqual([]);
    expect(await ids(', after: "2021-01-01T00:00:00Z"')).toEqual([elsewhere.actionId, recent.actionId]);
    expect(await ids(`, start: ${elsewhere.actionId}`)).toEqual([elsewhere.actionId, recent.actionId]);
  });

  it('Fix: are of one person, whatever consent and status, when looked up by email in any spelling', async () => {
    const ref = fingerprint(fingerprintSeed, 'harald@example.org');
    const unconfirmed = await sign({
      ref,
      supporter: { processing_status: 1, email: null },
      action: { processing_status: 0, with_consent: false },
      contact: { communication_consent: false },
    });
    const other = await sign();
    expect(await ids(', email: "  HARALD@example.org "', 'contacts')).toEqual([unconfirmed.actionId]);
    expect(await ids(', email: "nobody@example.org"', 'contacts')).toEqual([]);
    expect(await ids(', email: "  "', 'contacts')).toEqual([other.actionId]);
    const { rows: audits } = await fleet.sql.query('select changeset::text as text from catalog.audit_log');
    expect(audits.filter(({ text }: { text: string }) => /harald|example/i.test(text))).toEqual([]);
    expect(audits).toHaveLength(3);
  });
});

describe('paging', () => {
  const pageThrough = async (limit: number): Promise<number[]> => {
    const all: number[] = [];
    for (let start = 0; ;) {
      const page = await ids(`, start: ${start}, limit: ${limit}`);
      if (page.length === 0) return all;
      all.push(...page);
      start = (page.at(-1) ?? 0) + 1;
    }
  };

  it('is by id, inclusive, 100 when not said, and ends on an empty page', async () => {
    const signed: number[] = [];
    for (let n = 0; n < 105; n += 1) signed.push((await sign()).actionId);
    expect(await ids()).toEqual(signed.slice(0, 100));
    expect(await pageThrough(40)).toEqual(signed);
    expect(await ids(', limit: 0')).toEqual([]);
    expect(await ids(', limit: -1')).toEqual([]);
  });

  it('never holds more than the cap, nor more bytes than the limit, and loses nothing over it', async () => {
    const size = Math.ceil(exportPageBytes / 3) + 1;
    const large = await Promise.all(
      [1, 2, 3, 4].map(() => sign({ contact: { payload: Buffer.alloc(size, 0x20), communication_consent: true } })),
    );
    const all = large.map(({ actionId }) => actionId).sort((left, right) => left - right);
    expect(await ids(', limit: 1000000')).toEqual(all.slice(0, 2));
    expect(await pageThrough(1_000_000)).toEqual(all);
    expect(exportPageRows).toBe(5_000);
  });

  it('waits for a batch that stores lower ids, so that who goes on by the last id misses none of them', async () => {
    const ingest = new Client({ connectionString: fleet.database.urls.owner });
    await ingest.connect();
    await ingest.query('begin');
    await ingest.query('select pg_advisory_xact_lock(7001, 3)');
    const { rows: reserved } = await ingest.query<{ id: string }>(`select nextval('actions.actions_id_seq') as id`);
    const late = Number(reserved[0]?.id);
    const early = await sign();
    expect(late).toBeLessThan(early.actionId);
    let isAnswered = false;
    const page = ids().finally(() => (isAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isAnswered).toBe(false);
    await ingest.query(
      `insert into actions.actions (id, supporter_id, action_type, campaign_id, action_page_id, with_consent, processing_status)
       values ($1, $2, 'share', $3, $4, true, 4)`,
      [late, early.supporterId, campaignId, pageId],
    );
    await ingest.query('commit');
    await ingest.end();
    expect(await page).toEqual([late, early.actionId]);
  });

  it('costs the same statements for many rows as for one', async () => {
    const statements = StatementCounter.start(gateway, /from actions\./);
    try {
      const cost = async (): Promise<number> => {
        statements.take();
        await rows(', limit: 400', everything);
        return statements.take();
      };
      await sign();
      const one = await cost();
      for (let n = 0; n < 300; n += 1) await sign({ pageId: n % 2 ? pageId : ownPageId });
      expect(await cost()).toBe(one);
      expect(one).toBeGreaterThan(0);
      expect(one).toBeLessThan(8);
    } finally {
      statements.stop();
    }
    expect(await rows(', limit: 400')).toHaveLength(301);
  });
});

describe('who may', () => {
  it.each([
    ['nobody', undefined, 'User is not a member of team responsible for resource'],
    ['a stranger', 'none', 'You do not have the required permission'],
    ["another org's owner", 'partner', 'You do not have the required permission'],
  ] as const)('is refused: %s', async (_who, key, message) => {
    const bearer = key && token[key];
    for (const field of ['actions', 'contacts', 'exportActions']) {
      const answer = await gateway.post(`{ ${field}(orgName: "lead") { actionId } }`, {}, bearer);
      expect(answer.errors?.[0]).toMatchObject({ message, extensions: { code: 'permission_denied' } });
    }
    const report = await gateway.post('{ exportContact(orgName: "lead", contactRef: "AAAA") }', {}, bearer);
    expect(report.errors?.[0]).toMatchObject({ message });
  });

  it('needs export_contacts and nothing else; an unknown org is not found', async () => {
    const exporter = await fleet.addOwner(lead);
    await fleet.sql.query('update catalog.staffers set perms = $1 where id = (select max(id) from catalog.staffers)', [
      permissionMask(['export_contacts']),
    ]);
    expect(await ask('actions', '', 'actionId', exporter)).toEqual({ data: { actions: [] } });
    const missing = await gateway.post('{ actions(orgName: "nothing") { actionId } }', {}, exporter);
    expect(missing.errors?.[0]).toMatchObject({ extensions: { code: 'not_found' } });
  });

  it('leaves an audit entry for each page', async () => {
    await sign();
    await rows(', limit: 7');
    const { rows: audits } = await fleet.sql.query('select resource, resource_id, changeset from catalog.audit_log');
    expect(audits).toEqual([
      {
        resource: 'export',
        resource_id: String(lead),
        changeset: {
          operation: 'actions',
          orgId: lead,
          campaignId: null,
          start: 0,
          limit: 7,
          ofOne: false,
          count: 1,
        },
      },
    ]);
  });
});

describe('exportContact', () => {
  const report = async (contactRef: string, orgName = 'lead', bearer = token.lead) => {
    const answer = await gateway.post(
      'query ($org: String!, $ref: String!) { exportContact(orgName: $org, contactRef: $ref) }',
      { org: orgName, ref: contactRef },
      bearer,
    );
    const text = (answer.data as { exportContact?: string } | null)?.exportContact;
    return { errors: answer.errors, body: text === undefined ? null : (JSON.parse(text) as Record<string, never>) };
  };

  it('tells all the org holds: records, clear copies, actions, donations, mails to targets, what still waits', async () => {
    const { ref, actionId, supporterId } = await sign({
      supporter: { email: 'harald@example.org', first_name: 'Harald', area: 'PL', dupe_rank: 0 },
    });
    const gift = { action_id: actionId, payload: '{}', amount: 5, currency: 'EUR', frequency_unit: 0 };
    await fleet.insert('donations', gift, 'actions');
    const content = await fleet.insert('message_contents', { subject: 'Bees', body: 'Dear' }, 'actions');
    const target = '0197a1c0-0000-7000-8000-0000000000aa';
    await fleet.insert('messages', { action_id: actionId, message_content_id: content, target_id: target }, 'actions');
    const waiting = { action_type: 'share', action_page_id: ownPageId, campaign_id: campaignId };
    const text = ref.toString('base64url');
    await fleet.insert('actions', { ...waiting, ref: Buffer.from(text) }, 'actions');
    await sign();
    const { body } = await report(`${text}=`);
    expect(body).toMatchObject({
      contactRef: text,
      orgName: 'lead',
      isComplete: true,
      erasedAt: null,
      signatures: [
        {
          supporterId,
          page: 'partner/bees',
          campaign: 'bees',
          email: 'harald@example.org',
          status: 'accepted',
          contact: { payload: '{"firstName":"Harald"}', communicationConsent: true },
          actions: [
            {
              actionId,
              status: 'delivered',
              donations: [{ amount: 5, frequencyUnit: 'ONE_OFF' }],
              messages: [{ subject: 'Bees', target }],
            },
          ],
        },
      ],
      waitingActions: [{ actionType: 'share' }],
    });
  });

  it("shows an org nothing of another's: no record, no clear copies", async () => {
    const { ref } = await sign({ pageId: ownPageId, orgIds: [lead], supporter: { email: 'harald@example.org' } });
    const { body } = await report(ref.toString('base64url'), 'partner', token.partner);
    expect(body).toMatchObject({ signatures: [], waitingActions: [] });
  });

  it('refuses what is no reference', async () => {
    expect((await report('not a ref')).errors?.[0]?.message).toBe('invalid contact_ref encoding');
  });
});
