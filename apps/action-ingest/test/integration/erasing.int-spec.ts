import { randomUUID } from 'node:crypto';
import {
  exchanges,
  ingestQueue,
  requestKey,
  requestQueue,
  type ContactSubmissionV1,
  type EraseContactV1,
  type RequeueActionsRequestV1,
} from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { BrokerConnections, Publisher, Rpc } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import { partitionOf } from '../../src/storing/reference';
import { aContact, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

const nothing = {
  contacts: 0,
  supporters: 0,
  attachments: 0,
  outbox: 0,
  parked: 0,
  messagesSent: 0,
  messagesLeaving: 0,
};

/** Records of both orgs, as a signature on a partner's page leaves them. */
const splitContact = (place: Place, change: Partial<ContactSubmissionV1> = {}): ContactSubmissionV1 => {
  const contact = aContact(place);
  const [own] = contact.contacts;
  if (!own) throw new Error('no record');
  return { ...contact, contacts: [own, { ...own, orgId: place.leadId }], ...change };
};

describe('erasing what an org holds of a person', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const command = (orgId: number, ref: string, erasedAt: Date): EraseContactV1 => ({
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'erase_contact',
    orgId,
    ref,
    erasedAt: erasedAt.toISOString(),
  });
  const send = (...commands: EraseContactV1[]): Promise<unknown> =>
    Promise.all(
      commands.map((one) =>
        fixture.vhost.send(ingestQueue(partitionOf(one.ref)), [one], () => ({ messageId: one.id })),
      ),
    );
  const receiptOf = (id: string) =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query('select counts from actions.erasure_receipts where id = $1', [id]);
      return rows[0]?.counts as Record<string, number> | undefined;
    });
  /** As the gateway does it: tombstone, then the command. */
  const erase = async (orgId: number, ref: string) => {
    const { rows } = await fixture.sql.query<{ erased_at: Date }>(
      `insert into catalog.erasures (org_id, ref) values ($1, $2)
       on conflict (org_id, ref) do update set erased_at = now() returning erased_at`,
      [orgId, Buffer.from(ref, 'base64url')],
    );
    const one = command(orgId, ref, rows[0]?.erased_at ?? new Date(0));
    await send(one);
    return receiptOf(one.id);
  };
  const holding = async (ref: string) => {
    const { rows } = await fixture.sql.query(
      `select s.email, s.first_name as "firstName", s.area, s.processing_status as status, s.dupe_rank as rank,
              array(select c.org_id::int from actions.contacts c where c.supporter_id = s.id order by 1) as orgs
         from actions.supporters s where s.fingerprint = $1 order by s.id`,
      [Buffer.from(ref, 'base64url')],
    );
    return rows;
  };
  const settled = (orgId: number) =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query('select 1 from actions.outbox where lane = $1 limit 1', [orgId]);
      return rows.length === 0;
    });
  const gone = { email: null, firstName: null };

  it('takes its records and the clear copies, says what had left, and leaves signature, rank and others alone', async () => {
    const place = await fixture.place();
    const [contact, other] = [aContact(place, { clearAtDeliver: [] }), aContact(place, { clearAtDeliver: [] })];
    await fixture.act(contact, other, anAction(place, contact.ref));
    await settled(place.orgId);
    expect(await erase(place.orgId, contact.ref)).toEqual({
      ...nothing,
      contacts: 1,
      supporters: 1,
      messagesSent: 2,
    });
    expect(await holding(contact.ref)).toEqual([{ ...gone, area: 'PL', status: 3, rank: 0, orgs: [] }]);
    expect(await holding(other.ref)).toMatchObject([{ email: 'harald@example.org', orgs: [place.orgId] }]);
  });

  it('twice is safe, under the same command and under another', async () => {
    const place = await fixture.place();
    const contact = aContact(place);
    await fixture.act(contact);
    await settled(place.orgId);
    const one = command(place.orgId, contact.ref, new Date(Date.now() + 1_000));
    await send(one, one);
    expect(await receiptOf(one.id)).toEqual({ ...nothing, contacts: 1, supporters: 1, messagesSent: 1 });
    await send(one);
    expect(await erase(place.orgId, contact.ref)).toEqual({ ...nothing, messagesSent: 1 });
    expect(await receiptOf(one.id)).toEqual({ ...nothing, contacts: 1, supporters: 1, messagesSent: 1 });
  });

  it('by the lead: its records and the clear copies of accepted supporters; the partner keeps its record', async () => {
    const lead = await fixture.place();
    const place = await fixture.place({}, {}, lead);
    const contact = splitContact(place, { clearAtDeliver: [] });
    await fixture.act(contact);
    await settled(place.orgId);
    expect(await erase(lead.orgId, contact.ref)).toMatchObject({ contacts: 1, supporters: 1, messagesSent: 1 });
    expect(await holding(contact.ref)).toMatchObject([{ ...gone, orgs: [place.orgId] }]);
  });

  it('Fix: by the partner: the clear copies stay while the lead has a record, and go with the last one', async () => {
    const lead = await fixture.place();
    const place = await fixture.place({}, {}, lead);
    const shared = splitContact(place, { clearAtDeliver: [] });
    const own = aContact(place, { clearAtDeliver: [] });
    await fixture.act(shared, own);
    expect(await erase(place.orgId, shared.ref)).toMatchObject({ contacts: 1, supporters: 0 });
    expect(await holding(shared.ref)).toMatchObject([{ email: 'harald@example.org', orgs: [lead.orgId] }]);
    expect(await erase(place.orgId, own.ref)).toMatchObject({ contacts: 1, supporters: 1 });
    expect(await holding(own.ref)).toMatchObject([{ ...gone, orgs: [] }]);
  });

  it('takes the messages of the org that wait, not those of others, and nobody gets them later', async () => {
    const lead = await fixture.place();
    const place = await fixture.place({}, {}, lead);
    await fixture.sql.query('update topology.queue_sets set is_full = true where scope = any($1)', [
      [`org:${place.orgId}`, `org:${lead.orgId}`],
    ]);
    const waiting = async () => {
      const probe = splitContact(place);
      await fixture.act(probe);
      const { rows } = await fixture.sql.query(
        `select 1 from actions.outbox where subject_ref = $1 and claimed_until is null`,
        [Buffer.from(probe.ref, 'base64url')],
      );
      return rows.length === 2 && probe;
    };
    const contact = await waitFor(waiting);
    expect(await erase(place.orgId, contact.ref)).toMatchObject({ contacts: 1, outbox: 1, messagesLeaving: 0 });
    const { rows } = await fixture.sql.query('select lane::int from actions.outbox where subject_ref = $1', [
      Buffer.from(contact.ref, 'base64url'),
    ]);
    expect(rows).toEqual([{ lane: lead.orgId }]);
    const { id } = await fixture.actionOf(contact);
    const sent = await fixture.sql.query('select outcome from actions.outbox_sent where message_id = $1', [
      `action:${id}:deliver:${place.orgId}`,
    ]);
    expect(sent.rows).toEqual([{ outcome: 'erased' }]);
    await fixture.sql.query('update topology.queue_sets set is_full = false');
    const received = await fixture.received(fixture.queues.crm(lead.org), 1);
    expect(received.some(({ body }) => body['contact'].contactRef === contact.ref)).toBe(true);
    await settled(place.orgId);
    const others = await fixture.vhost.drain(fixture.queues.crm(place.org));
    expect(others.filter(({ content }) => content.includes(contact.ref))).toEqual([]);
  });

  it('takes its part out of parked messages, so that a replay stores the others theirs; what is no JSON goes', async () => {
    const lead = await fixture.place();
    const place = await fixture.place({}, {}, lead);
    const contact = splitContact(place);
    const queue = ingestQueue(partitionOf(contact.ref));
    const park = (body: string) =>
      fixture.sql.query(
        `insert into actions.parked (queue, message_id, reason, details, body) values ($1, $2, 'test', '{"a": 1}', $3)`,
        [queue, randomUUID(), Buffer.from(body)],
      );
    await park(JSON.stringify(contact));
    await park(`{"ref":"${contact.ref}","email":"harald@exam`);
    const other = aContact(place);
    await park(JSON.stringify({ ...other, ref: contact.ref.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }));
    expect(await erase(place.orgId, contact.ref)).toEqual({ ...nothing, parked: 2 });
    const { rows } = await fixture.sql.query<{ body: Buffer; details: unknown }>(
      'select body, details from actions.parked where queue = $1 order by id',
      [queue],
    );
    const [stripped] = rows.filter(({ details }) => details === null);
    const left = JSON.parse(String(stripped?.body)) as ContactSubmissionV1;
    expect(left.contacts.map(({ orgId }) => orgId)).toEqual([lead.orgId]);
    await fixture.sql.query('delete from actions.parked');
    await fixture.act(left);
    expect(await holding(contact.ref)).toMatchObject([{ orgs: [lead.orgId] }]);
  });

  it('leaves what was accepted after the tombstone, and a signature of the same batch accepted before it', async () => {
    const place = await fixture.place();
    const ref = newRef();
    const before = aContact(place, { ref, acceptedAt: new Date(Date.now() - 60_000).toISOString() });
    const after = aContact(place, { ref, acceptedAt: new Date(Date.now() + 60_000).toISOString(), clearAtDeliver: [] });
    await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
      place.orgId,
      Buffer.from(ref, 'base64url'),
    ]);
    const one = command(place.orgId, ref, new Date());
    const queue = ingestQueue(partitionOf(ref));
    await fixture.vhost.send(queue, [before, after, one], (index) => ({
      messageId: [before.id, after.id, one.id][index],
    }));
    await fixture.stored(before, after);
    expect(await receiptOf(one.id)).toMatchObject({ contacts: 0 });
    expect(await holding(ref)).toMatchObject([
      { ...gone, orgs: [] },
      { email: 'harald@example.org', orgs: [place.orgId] },
    ]);
  });
});

describe('answering requests', () => {
  let fixture: IngestFixture;
  let connections: BrokerConnections;
  let publisher: Publisher;
  let rpc: Rpc;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    for (const name of [exchanges.retry, exchanges.reply]) await fixture.vhost.declareExchange(name);
    await fixture.vhost.declareQueue(requestQueue('action-ingest'), {
      exchange: exchanges.ingest,
      key: requestKey('action-ingest'),
    });
    await fixture.start();
    connections = new BrokerConnections({ urls: fixture.vhost.amqpUrl, serviceName: 'api-gateway' });
    connections.start();
    publisher = new Publisher({ connection: connections.publish });
    publisher.start();
    rpc = new Rpc({ connection: connections.consume, publisher, serviceName: 'api-gateway' });
    rpc.start();
    await waitFor(() => rpc.isOpen && publisher.isReady);
  });
  afterAll(async () => {
    await publisher?.close();
    await rpc?.stop();
    await connections?.close();
    await fixture.close();
  });

  const ask = (request: RequeueActionsRequestV1) =>
    rpc.request({ exchange: exchanges.ingest, routingKey: requestKey('action-ingest') }, request, {
      id: request.id,
      timeoutMs: 60_000,
    });
  const aRequest = (orgId: number, actionIds: number[]): RequeueActionsRequestV1 => ({
    schema: 'groundswell:request:1',
    kind: 'requeue_actions',
    id: uuidV7(),
    orgId,
    actionIds,
    queue: 'crm',
  });

  it('requeues once per request id, however often it is asked, and counts selected and not sent', async () => {
    const place = await fixture.place();
    await fixture.vhost.channel.bindQueue(
      fixture.queues.crm(place.org),
      exchanges.retry,
      fixture.queues.crm(place.org),
    );
    const contact = aContact(place);
    const erased = aContact(place);
    await fixture.act(contact, erased);
    await fixture.received(fixture.queues.crm(place.org), 2);
    const { id } = await fixture.actionOf(contact);
    const { id: erasedId } = await fixture.actionOf(erased);
    await fixture.sql.query(
      `insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now() + '1 minute')`,
      [place.orgId, Buffer.from(erased.ref, 'base64url')],
    );
    const request = aRequest(place.orgId, [id, erasedId, 999_999_999]);
    const answers = await Promise.all([ask(request), ask(request)]);
    expect([...answers, await ask(request)]).toEqual(Array(3).fill({ count: 2, failed: 1 }));
    const [again] = await fixture.received(fixture.queues.crm(place.org), 1);
    expect(again?.messageId).toMatch(new RegExp(`^action:${id}:deliver:${place.orgId}:r[0-9]+$`));
    const { rows } = await fixture.sql.query('select count(*)::int as n from actions.requeues');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it("Fix: requeues to the asking org: a lead gets its copy of a partner's signature, the partner nothing", async () => {
    const lead = await fixture.place();
    const partner = await fixture.place({}, {}, lead);
    const crmOf = { lead: fixture.queues.crm(lead.org), partner: fixture.queues.crm(partner.org) };
    for (const queue of Object.values(crmOf)) await fixture.vhost.channel.bindQueue(queue, exchanges.retry, queue);
    const [own, ofLead] = splitContact(partner).contacts;
    if (!own || !ofLead) throw new Error('no records');
    const contact = aContact(partner, {
      contacts: [own, { ...ofLead, payload: JSON.stringify({ firstName: 'Leader', area: 'DE' }) }],
    });
    await fixture.act(contact);
    await fixture.received(crmOf.lead, 1);
    await fixture.received(crmOf.partner, 1);
    const { id } = await fixture.actionOf(contact);
    expect(await ask(aRequest(lead.orgId, [id]))).toEqual({ count: 1, failed: 0 });
    const [again] = await fixture.received(crmOf.lead, 1);
    expect(again?.messageId).toMatch(new RegExp(`^action:${id}:deliver:${lead.orgId}:r[0-9]+$`));
    expect(again?.body['contact']).toMatchObject({ firstName: 'Leader' });
    expect(await fixture.vhost.drain(crmOf.partner)).toEqual([]);
    expect(await ask(aRequest(partner.orgId, [id]))).toEqual({ count: 1, failed: 0 });
    const [partners] = await fixture.received(crmOf.partner, 1);
    expect(partners?.body['contact']).toMatchObject({ firstName: 'Harald' });
    expect(await fixture.vhost.drain(crmOf.lead)).toEqual([]);
  });
});
