import { actionMessageV1, actionMessageV2, type ContactRecordV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { aContact, aModeration, anAction, IngestFixture, newRef, type Place, type Received } from './ingest-fixture';

const acceptedAt = '2026-11-20T10:00:00.987Z';
const acceptedSecond = '2026-11-20T10:00:00Z';
const payload = Buffer.alloc(133, 7).toString('base64url');
const nonce = Buffer.alloc(24, 9).toString('base64url');
const plaintext = {
  area: 'PL',
  email: 'harald@example.org',
  firstName: 'Harald',
  lastName: 'Bower',
  postcode: '02-123',
};

describe('messages', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const aKey = async (orgId: number, fill: number) => {
    const bytes = Buffer.alloc(32, fill);
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into catalog.public_keys (org_id, name, public) values ($1, 'key', $2) returning id`,
      [orgId, bytes],
    );
    return { id: Number(rows[0]?.id), public: bytes.toString('base64url') };
  };
  const aRecord = (orgId: number, change: Partial<ContactRecordV1> = {}): ContactRecordV1 => ({
    orgId,
    payload: JSON.stringify(plaintext),
    nonce: null,
    encryptKeyId: null,
    signKeyId: null,
    communicationConsent: true,
    deliveryConsent: true,
    ...change,
  });
  const encrypted = async (place: Place) => {
    const [encryptKey, signKey] = [await aKey(place.orgId, 1), await aKey(place.leadId, 2)];
    const record = aRecord(place.orgId, { payload, nonce, encryptKeyId: encryptKey.id, signKeyId: signKey.id });
    return { record, encryptKey, signKey };
  };
  const namesOf = async (place: Place) => {
    const { rows } = await fixture.sql.query<{ page: string; campaign: string }>(
      `select p.name as page, c.name as campaign from catalog.action_pages p join catalog.campaigns c on c.id = p.campaign_id
        where p.id = $1`,
      [place.pageId],
    );
    return rows[0] ?? { page: '', campaign: '' };
  };
  const delivered = async (place: Place): Promise<Received> => {
    const [message] = await fixture.received(fixture.queues.crm(place.org), 1);
    if (!message) throw new Error('no message');
    return message;
  };
  const confirmed = async (place: Place): Promise<Received> => {
    const [message] = await fixture.received(fixture.queues.confirm(place.org), 1);
    if (!message) throw new Error('no message');
    return message;
  };

  describe('of version 2', () => {
    it('hold exactly the keys of the contract for an encrypted record', async () => {
      const place = await fixture.place();
      const { record, encryptKey, signKey } = await encrypted(place);
      await fixture.sql.query(
        `update catalog.campaigns set external_id = 4711, contact_schema = 2, supporter_confirm_template = 'of campaign'
          where id = $1`,
        [place.campaignId],
      );
      await fixture.sql.query(
        `update catalog.action_pages set thank_you_template = 'thanks', locale = 'pl' where id = $1`,
        [place.pageId],
      );
      const contact = aContact(place, { acceptedAt, contacts: [record] });
      await fixture.act(contact);
      const { body } = await delivered(place);
      const names = await namesOf(place);
      expect(body).toEqual({
        schema: 'proca:action:2',
        stage: 'deliver',
        actionId: (await fixture.actionOf(contact)).id,
        actionPageId: place.pageId,
        campaignId: place.campaignId,
        orgId: place.orgId,
        action: {
          actionType: 'register',
          customFields: {},
          createdAt: acceptedSecond,
          testing: false,
          repeat: false,
        },
        actionPage: {
          locale: 'pl',
          name: names.page,
          thankYouTemplate: 'thanks',
          thankYouTemplateRef: null,
          supporterConfirmTemplate: 'of campaign',
        },
        campaign: { name: names.campaign, title: 'A campaign', externalId: 4711, contactSchema: 'eci' },
        org: { name: place.org, title: 'An org' },
        contact: {
          firstName: 'Harald',
          email: 'harald@example.org',
          contactRef: contact.ref,
          dupeRank: 0,
          area: 'PL',
        },
        personalInfo: { payload, nonce, encryptKey, signKey },
        privacy: {
          optIn: true,
          givenAt: acceptedSecond,
          emailStatus: null,
          emailStatusChanged: null,
          withConsent: true,
        },
        tracking: contact.source,
      });
      expect(() => actionMessageV2.parse(body)).not.toThrow();
    });

    it('hold the whole contact for a plaintext record, and what was not asked as null', async () => {
      const place = await fixture.place();
      const contact = aContact(place, {
        supporter: { firstName: null, lastName: null, email: null, address: null, area: 'PL' },
        contacts: [aRecord(place.orgId, { communicationConsent: null })],
        source: null,
      });
      await fixture.act(contact);
      const { body } = await delivered(place);
      expect(body).toMatchObject({ personalInfo: null, privacy: { optIn: null }, tracking: null });
      expect(body['contact']).toEqual({ ...plaintext, contactRef: contact.ref, dupeRank: 0 });
    });

    it('go without consent data to a collector that has no record', async () => {
      const lead = await fixture.place();
      const place = await fixture.place({ customSupporterConfirm: true }, {}, lead);
      await fixture.act(aContact(place, { contacts: [aRecord(lead.orgId)] }));
      const { body } = await confirmed(place);
      expect(() => actionMessageV2.parse(body)).not.toThrow();
      expect(body).toMatchObject({ stage: 'supporter_confirm', personalInfo: null, orgId: place.orgId });
      expect(body['privacy']).toEqual({ emailStatus: null, emailStatusChanged: null, withConsent: false });
      expect(body['contact']).not.toHaveProperty('postcode');
    });

    it('go to collector and lead, each with its own record, in the name of the collector', async () => {
      const lead = await fixture.place();
      const place = await fixture.place({}, {}, lead);
      const { record } = await encrypted(place);
      const contact = aContact(place, { contacts: [record, aRecord(lead.orgId, { communicationConsent: false })] });
      await fixture.act(contact);
      const { id } = await fixture.actionOf(contact);
      const [own, copy] = [await delivered(place), await delivered(lead)];
      expect(own).toMatchObject({
        messageId: `action:${id}:deliver:${place.orgId}`,
        body: { orgId: place.orgId, org: { name: place.org }, personalInfo: { payload }, privacy: { optIn: true } },
      });
      expect(copy).toMatchObject({
        messageId: `action:${id}:deliver:${lead.orgId}`,
        body: { orgId: place.orgId, org: { name: place.org }, personalInfo: null, privacy: { optIn: false } },
        headers: { org_id: lead.orgId, org: lead.org, collector_id: place.orgId },
      });
    });

    it('say of a share that it gives no consent, and still which one was given', async () => {
      const place = await fixture.place();
      const ref = newRef();
      await fixture.act(aContact(place, { ref }));
      await fixture.received(fixture.queues.crm(place.org), 1);
      await fixture.act(anAction(place, ref));
      expect((await delivered(place)).body['privacy']).toMatchObject({
        optIn: true,
        givenAt: expect.any(String),
        withConsent: false,
      });
    });

    it('say that a second signature on the same page is a repeat, with its rank', async () => {
      const place = await fixture.place();
      const ref = newRef();
      await fixture.act(aContact(place, { ref }));
      await fixture.received(fixture.queues.crm(place.org), 1);
      await fixture.act(aContact(place, { ref }));
      expect((await delivered(place)).body).toMatchObject({ action: { repeat: true }, contact: { dupeRank: 1 } });
    });
  });

  describe('of version 1', () => {
    const version1 = { actionSchemaVersion: 1 };

    it('hold exactly the keys of the contract for an encrypted record', async () => {
      const place = await fixture.place(version1);
      const { record, encryptKey, signKey } = await encrypted(place);
      const contact = aContact(place, { acceptedAt, contacts: [record], action: { fields: { card_url: 'x' } } });
      await fixture.act(contact);
      const { body, type } = await delivered(place);
      expect(type).toBe('proca:action:1');
      expect(() => actionMessageV1.parse(body)).not.toThrow();
      expect(Object.keys(body).sort()).toEqual(
        [
          ...['action', 'actionId', 'actionPage', 'actionPageId', 'campaign', 'campaignId', 'contact', 'org', 'orgId'],
          ...['privacy', 'schema', 'stage', 'tracking'],
        ].sort(),
      );
      expect(body['action']).toEqual({
        actionType: 'register',
        fields: { card_url: 'x' },
        createdAt: acceptedSecond,
        testing: false,
        repeat: false,
      });
      expect(Object.keys(body['actionPage']).sort()).toEqual([
        'locale',
        'name',
        'thankYouTemplate',
        'thankYouTemplateRef',
      ]);
      expect(Object.keys(body['campaign']).sort()).toEqual(['externalId', 'name', 'title']);
      expect(body['contact']).toEqual({
        ref: contact.ref,
        firstName: 'Harald',
        email: 'harald@example.org',
        payload,
        nonce,
        publicKey: encryptKey.public,
        signKey: signKey.public,
      });
      expect(body['privacy']).toEqual({ communication: true, givenAt: acceptedSecond });
    });

    it('hold a plaintext record as text, with the area', async () => {
      const place = await fixture.place(version1);
      const contact = aContact(place, { contacts: [aRecord(place.orgId, { communicationConsent: null })] });
      await fixture.act(contact);
      const { body } = await delivered(place);
      expect(body['contact']).toEqual({
        ref: contact.ref,
        firstName: 'Harald',
        email: 'harald@example.org',
        area: 'PL',
        payload: JSON.stringify(plaintext),
      });
      expect(body['privacy']).toMatchObject({ communication: null });
    });

    it('hold no payload and no privacy without a record', async () => {
      const lead = await fixture.place();
      const place = await fixture.place({ ...version1, customSupporterConfirm: true }, {}, lead);
      await fixture.act(aContact(place, { contacts: [aRecord(lead.orgId)] }));
      const { body } = await confirmed(place);
      expect(() => actionMessageV1.parse(body)).not.toThrow();
      expect(body).toMatchObject({ schema: 'proca:action:1', contact: { payload: '' }, privacy: null });
    });

    it('hold no privacy for an action without consent', async () => {
      const place = await fixture.place(version1);
      const ref = newRef();
      await fixture.act(aContact(place, { ref }));
      await fixture.received(fixture.queues.crm(place.org), 1);
      await fixture.act(anAction(place, ref));
      expect((await delivered(place)).body['privacy']).toBeNull();
    });
  });

  it.each<[number, string | undefined, number | null]>([
    [2, 'stripe_payment_intent', 0],
    [2, undefined, null],
    [1, 'stripe_payment_intent', 0],
  ])('of version %i carry a donation, with schema %s', async (actionSchemaVersion, schema, code) => {
    const place = await fixture.place({ actionSchemaVersion });
    const donation = {
      schema: code,
      amount: 1500,
      currency: 'EUR',
      frequencyUnit: 2,
      payload: { id: 'pi_1', nested: [1] },
    };
    await fixture.act(aContact(place, { action: { actionType: 'donate', donation } }));
    expect((await delivered(place)).body['action']['donation']).toEqual({
      payload: { id: 'pi_1', nested: [1] },
      amount: 1500,
      currency: 'EUR',
      frequencyUnit: 'monthly',
      ...(schema && { schema }),
    });
  });

  it('carry a donation also when its action is delivered later, from the database', async () => {
    const place = await fixture.place({ customActionConfirm: true });
    const donation = { schema: 0, amount: 1500, currency: 'EUR', frequencyUnit: 0, payload: { id: 'pi_1' } };
    const { record, encryptKey } = await encrypted(place);
    const contact = aContact(place, { acceptedAt, contacts: [record], action: { donation, fields: { a: ['b'] } } });
    await fixture.act(contact);
    const [asked] = await fixture.received(fixture.queues.moderate(place.org), 1);
    await fixture.act(aModeration((await fixture.actionOf(contact)).id, contact.ref, 'accept'));
    const { body } = await delivered(place);
    const { confirm: _, ...atFirst } = asked?.body ?? {};
    expect(body).toEqual({ ...atFirst, stage: 'deliver' });
    expect(body['action']['donation']).toMatchObject({ amount: 1500, frequencyUnit: 'one_off' });
    expect(body['personalInfo']).toMatchObject({ payload, nonce, encryptKey });
  });

  it('are persistent, without content type, under headers that say for whom and about what', async () => {
    const place = await fixture.place();
    const contact = aContact(place);
    await fixture.act(contact);
    const [message] = await waitFor(async () => {
      const messages = await fixture.vhost.drain(fixture.queues.crm(place.org));
      return messages.length > 0 && messages;
    });
    const { id } = await fixture.actionOf(contact);
    expect(message?.properties).toMatchObject({
      deliveryMode: 2,
      contentType: undefined,
      messageId: `action:${id}:deliver:${place.orgId}`,
      type: 'proca:action:2',
      timestamp: expect.any(Number),
      headers: {
        org_id: place.orgId,
        org: place.org,
        collector_id: place.orgId,
        stage: 'deliver',
        action_id: id,
        action_page_id: place.pageId,
        campaign: (await namesOf(place)).campaign,
        action_type: 'register',
        routing_key: `${place.org}.custom.action`,
        attempt: 1,
      },
    });
    expect(message?.fields).toMatchObject({ exchange: 'deliver', routingKey: `${place.org}.custom.action` });
  });

  it('still hold transient fields, which are gone from the action once it is delivered', async () => {
    const place = await fixture.place({}, { transientActions: ['register:iban', 'share:comment'] });
    const contact = aContact(place, { action: { fields: { iban: 'PL00', comment: 'hi' } } });
    await fixture.act(contact);
    expect((await delivered(place)).body['action']['customFields']).toEqual({ iban: 'PL00', comment: 'hi' });
    const { rows } = await fixture.sql.query('select fields from actions.actions where id = $1', [
      (await fixture.actionOf(contact)).id,
    ]);
    expect(rows).toEqual([{ fields: { comment: 'hi' } }]);
  });

  it('need the clear copies while another action with consent waits; the last one clears them', async () => {
    const place = await fixture.place({ customActionConfirm: true });
    const contact = aContact(place, {
      supporter: { firstName: 'Harald', lastName: 'Bower', email: 'harald@example.org', address: '{}', area: 'PL' },
    });
    await fixture.act(contact);
    const { id, supporterId } = await fixture.actionOf(contact);
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, with_consent, processing_status)
       values ($1, 'register', $2, $3, true, 1) returning id`,
      [supporterId, place.campaignId, place.pageId],
    );
    const copies = async () => {
      const { rows: found } = await fixture.sql.query(
        'select first_name, last_name, email, address, area from actions.supporters where id = $1',
        [supporterId],
      );
      return found[0] as object;
    };
    const all = { first_name: 'Harald', last_name: 'Bower', email: 'harald@example.org', address: '{}', area: 'PL' };
    await fixture.act(aModeration(id, contact.ref, 'accept'));
    expect(await copies()).toEqual(all);
    await fixture.act(aModeration(Number(rows[0]?.id), contact.ref, 'accept'));
    expect(await copies()).toEqual({ ...all, last_name: null, email: null, address: null });
    const messages = await fixture.received(fixture.queues.crm(place.org), 2);
    expect(messages.map(({ body }) => body['contact']['email'])).toEqual(['harald@example.org', 'harald@example.org']);
  });
});
