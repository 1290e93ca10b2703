import { randomBytes } from 'node:crypto';
import { actionMessageV1, actionMessageV2 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import {
  aCampaign,
  actMutation,
  anOrg,
  aPage,
  aSignature,
  newEmail,
  signMutation,
  type TestOrg,
  type TestPage,
} from '../src/campaign-world';
import { StockReader, type Body } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

interface Signed {
  addActionContact: { contactRef: string; firstName: string };
}

describe('a signature goes from a web page into a CRM', () => {
  let fleet: TestFleet;
  const readers: StockReader[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
  });
  afterAll(async () => {
    for (const reader of readers) reader.stop();
    await fleet.stop();
  });

  const readerOf = async (org: TestOrg, queue = `${org.name}.crm`): Promise<StockReader> => {
    const reader = StockReader.start(await fleet.crmLogin(org.id), queue, org.keys);
    readers.push(reader);
    return reader;
  };
  const sign = async (page: TestPage, change: Record<string, unknown> = {}): Promise<string> =>
    (await fleet.anonymous.data<Signed>(signMutation, aSignature(page, change))).addActionContact.contactRef;
  const byRef = (ref: string) => (message: Body) => message['contact']?.contactRef === ref;

  it('is read and decrypted by the published client, key by key as promised', async () => {
    const org = await anOrg(fleet);
    const campaign = await aCampaign(org, { externalId: 77 });
    const page = await aPage(org, campaign);
    const reader = await readerOf(org);
    const ref = await sign(page);
    const message = await reader.find(byRef(ref));
    expect(message).toMatchObject({
      schema: 'proca:action:2',
      stage: 'deliver',
      actionPageId: page.id,
      campaignId: campaign.id,
      orgId: org.id,
      action: { actionType: 'register', customFields: { comment: 'please' }, testing: false, repeat: false },
      actionPage: { locale: 'en', thankYouTemplate: null, thankYouTemplateRef: null, supporterConfirmTemplate: null },
      campaign: { name: campaign.name, title: 'A campaign', externalId: 77, contactSchema: 'basic' },
      org: { name: org.name, title: `Org ${org.name}` },
      contact: {
        firstName: 'Harald',
        lastName: 'Bower',
        country: 'PL',
        postcode: '02-123',
        area: 'PL',
        contactRef: ref,
        dupeRank: 0,
      },
      personalInfo: {
        payload: expect.any(String),
        nonce: expect.any(String),
        encryptKey: { public: Object.keys(org.keys)[0] },
      },
      privacy: { optIn: true, emailStatus: null, emailStatusChanged: null, withConsent: true },
      tracking: { source: 'mail', medium: 'news', campaign: 'unknown', content: '', location: '' },
    });
    expect(Object.keys(message).sort()).toEqual(
      [
        'action',
        'actionId',
        'actionPage',
        'actionPageId',
        'campaign',
        'campaignId',
        'contact',
        'org',
        'orgId',
        'personalInfo',
        'privacy',
        'schema',
        'stage',
        'tracking',
      ].sort(),
    );
    expect(message['action'].createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(actionMessageV2.safeParse(message).success).toBe(true);
  });

  it('carries the payload in clear for an org without a key', async () => {
    const org = await anOrg(fleet, { withKey: false });
    const page = await aPage(org, await aCampaign(org));
    const reader = await readerOf(org);
    const message = await reader.find(byRef(await sign(page)));
    expect(message['personalInfo']).toBeNull();
    expect(message['contact']).toMatchObject({
      firstName: 'Harald',
      lastName: 'Bower',
      country: 'PL',
      postcode: '02-123',
    });
  });

  it('keeps version 1 for an org that reads it', async () => {
    const org = await anOrg(fleet);
    await fleet.sql.query('update catalog.orgs set action_schema_version = 1 where id = $1', [org.id]);
    const page = await aPage(org, await aCampaign(org));
    const reader = await readerOf(org);
    const ref = await sign(page);
    const message = await reader.find((body) => body['contact']?.ref === ref);
    expect(actionMessageV1.parse(message)).toMatchObject({
      schema: 'proca:action:1',
      action: { actionType: 'register', fields: { comment: 'please' } },
      contact: { ref, firstName: 'Harald', publicKey: Object.keys(org.keys)[0], nonce: expect.any(String) },
      privacy: { communication: true },
    });
    expect(message['personalInfo']).toBeUndefined();
    expect(message['contact'].area).toBeUndefined();
    expect(message['campaign'].contactSchema).toBeUndefined();
  });

  /** processing.md §3.1: who gets a record, by page delivery, forced delivery and what was asked. */
  const splitRows: [
    delivery: boolean,
    force: boolean,
    optIn: boolean | null,
    leadOptIn: boolean | null,
    collector: boolean | null | undefined,
    lead: boolean | null | undefined,
  ][] = [
    [true, false, true, true, true, true],
    [true, false, null, true, null, true],
    [true, false, false, false, false, undefined],
    [true, false, true, null, true, undefined],
    [true, true, null, null, null, null],
    [true, true, true, false, true, false],
    [false, false, true, null, true, null],
    [false, false, false, true, undefined, true],
    [false, true, null, false, undefined, false],
  ];

  it('reaches exactly the orgs entitled to it when partner and lead differ', async () => {
    const [lead, partner] = [await anOrg(fleet), await anOrg(fleet, { withKey: false })];
    const campaigns = { plain: await aCampaign(lead), forced: await aCampaign(lead) };
    await fleet.sql.query('update catalog.campaigns set force_delivery = true where id = $1', [campaigns.forced.id]);
    const readers = { lead: await readerOf(lead), partner: await readerOf(partner) };
    const signed: { ref: string; row: (typeof splitRows)[number] }[] = [];
    for (const row of splitRows) {
      const [delivery, force, optIn, leadOptIn] = row;
      const page = await aPage(partner, force ? campaigns.forced : campaigns.plain, { delivery });
      signed.push({ ref: await sign(page, { privacy: { optIn, leadOptIn } }), row });
    }
    for (const { ref, row } of signed) {
      const [, , , , collector, leadConsent] = row;
      if (collector !== undefined) expect((await readers.partner.find(byRef(ref)))['privacy'].optIn).toBe(collector);
      if (leadConsent !== undefined) {
        const message = await readers.lead.find(byRef(ref));
        expect(message['privacy'].optIn).toBe(leadConsent);
        expect(message).toMatchObject({ orgId: partner.id, contact: { lastName: 'Bower' } });
      }
    }
    for (const { ref, row } of signed) {
      const [, , , , collector, leadConsent] = row;
      expect(readers.partner.messages.some(byRef(ref))).toBe(collector !== undefined);
      expect(readers.lead.messages.some(byRef(ref))).toBe(leadConsent !== undefined);
    }
  });

  it.each([
    ['share first, contact later', true],
    ['contact first, share later', false],
  ])('links a share with the contact that carries its reference: %s', async (_, shareFirst) => {
    const org = await anOrg(fleet);
    const page = await aPage(org, await aCampaign(org));
    const reader = await readerOf(org);
    const carried = randomBytes(16).toString('base64url');
    const share = () =>
      fleet.anonymous.data(actMutation, {
        actionPage: page.id,
        action: { actionType: 'share', customFields: '{"medium":"mail"}' },
        contactRef: carried,
      });
    if (shareFirst) expect(await share()).toEqual({ addAction: { contactRef: carried } });
    const ref = await sign(page, { contactRef: carried });
    if (!shareFirst) await share();
    const linked = await reader.find((message) => message['action'].actionType === 'share');
    expect(linked).toMatchObject({ contact: { contactRef: ref }, privacy: { withConsent: false } });
  });

  it('waits for the supporter to confirm, by the link', async () => {
    const org = await anOrg(fleet, { processing: { customSupporterConfirm: true } });
    const page = await aPage(org, await aCampaign(org));
    const confirms = await readerOf(org, `${org.name}.confirm`);
    const reader = await readerOf(org);
    const ref = await sign(page);
    const asked = await confirms.find(byRef(ref));
    expect(asked['stage']).toBe('supporter_confirm');
    expect(reader.messages).toHaveLength(0);
    const link = `${fleet.gatewayUrl}/link/s/${asked['actionId']}/accept/${ref}?doi=1`;
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, 'SUCCESS']);
    const delivered = await reader.find(byRef(ref));
    expect(delivered).toMatchObject({ stage: 'deliver', privacy: { emailStatus: 'double_opt_in', withConsent: true } });
    expect((await fetch(link)).status).toBe(200);
    const rejected = await fetch(`${fleet.gatewayUrl}/link/s/${asked['actionId']}/reject/${ref}`);
    expect(rejected.status).toBe(200);
    await waitFor(async () => {
      const { rows } = await fleet.sql.query('select processing_status as s from actions.actions where id = $1', [
        asked['actionId'],
      ]);
      return rows[0].s === 2;
    });
    const late = await fetch(link);
    expect([late.status, await late.text()]).toEqual([400, expect.stringContaining('supporter data already rejected')]);
  });

  it('lets a campaign override the confirmation of its org, both ways', async () => {
    const confirming = await anOrg(fleet, { processing: { customSupporterConfirm: true } });
    const direct = await anOrg(fleet);
    const off = await aPage(confirming, await aCampaign(confirming, { supporterConfirm: false }));
    const delivered = await readerOf(confirming);
    await delivered.find(byRef(await sign(off)));
    const moderated = await aPage(direct, await aCampaign(direct, { actionConfirm: true }));
    const ref = await sign(moderated);
    const moderators = await readerOf(direct, `${direct.name}.moderate`);
    expect((await moderators.find(byRef(ref)))['stage']).toBe('action_confirm');
  });

  it('counts a person once, at once', async () => {
    const org = await anOrg(fleet);
    const page = await aPage(org, await aCampaign(org));
    const email = newEmail();
    const reader = await readerOf(org);
    const contact = { firstName: 'Harald', email, address: { country: 'PL' } };
    const ref = await sign(page, { contact });
    await sign(page, { contact });
    await waitFor(() => reader.messages.filter(byRef(ref)).length === 2);
    expect(reader.messages.map((message) => message['contact'].dupeRank).sort()).toEqual([0, 1]);
    const count = async () =>
      (
        await fleet.anonymous.data<{ actionPage: { campaign: { stats: { supporterCount: number } } } }>(
          'query ($id: Int!) { actionPage(id: $id) { campaign { stats { supporterCount } } } }',
          { id: page.id },
        )
      ).actionPage.campaign.stats.supporterCount;
    await waitFor(async () => (await count()) === 1);
  });
});
