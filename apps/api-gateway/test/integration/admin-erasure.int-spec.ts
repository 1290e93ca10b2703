import { randomBytes } from 'node:crypto';
import {
  exchanges,
  ingestQueue,
  partitionCount,
  requestKey,
  requestQueue,
  type ContactSubmissionV1,
  type EraseContactV1,
  type RequeueActionsRequestV1,
} from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import { permissionMask } from '@groundswell/domain';
import { OutboxRelay } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { requeueLimit } from '../../src/exports/requeue.service';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

let fleet: GatewayFleet;
let gateway: RunningGateway;
/** For questions that nobody answers. */
let hasty: RunningGateway;
let org: number;
let other: number;
let token: { org: string; other: string };

const requests = requestQueue('action-ingest');

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  await fleet.vhost.declareExchange(exchanges.reply);
  await fleet.vhost.declareExchange(exchanges.event);
  await fleet.vhost.declareQueue(requests, { exchange: exchanges.ingest, key: requestKey('action-ingest') });
  org = await fleet.insert('orgs', { name: 'green', title: 'Green' });
  other = await fleet.insert('orgs', { name: 'other', title: 'Other' });
  token = { org: await fleet.addOwner(org), other: await fleet.addOwner(other) };
  gateway = await fleet.start({ ANSWER_WAIT_MS: '60000', ERASURE_WAIT_MS: '60000' });
  hasty = await fleet.start({ ANSWER_WAIT_MS: '2000', ERASURE_WAIT_MS: '500' });
  await Promise.all([gateway.isReady(), hasty.isReady()]);
});
afterAll(() => fleet.close());
beforeEach(() => fleet.sql.query('truncate catalog.erasures, catalog.audit_log, actions.erasure_receipts'));

const nothing = { contacts: 0, supporters: 0, outbox: 0, parked: 0, messagesSent: 0, messagesLeaving: 0 };

/** The command in the person's partition, once it is there. */
const takeCommand = (ref: Buffer): Promise<EraseContactV1> =>
  waitFor(async () => {
    const [taken] = await fleet.vhost.drain(ingestQueue(partitionOfRef(ref, partitionCount)));
    return taken && (JSON.parse(taken.content.toString()) as EraseContactV1);
  });
/** What action-ingest writes when it has carried a command out. */
const leaveReceipt = ({ id }: EraseContactV1, counts: Partial<typeof nothing> = {}) =>
  fleet.sql.query('insert into actions.erasure_receipts (id, counts) values ($1, $2)', [
    id,
    JSON.stringify({ ...nothing, ...counts }),
  ]);
const erase = (ref: Buffer, bearer = token.org, through = gateway) =>
  through.post(
    `mutation ($ref: String!) { eraseContact(orgName: "green", contactRef: $ref) { id erasedAt counts } }`,
    { ref: ref.toString('base64url') },
    bearer,
  );
const receiptOf = (answer: Awaited<ReturnType<typeof erase>>) => {
  const { eraseContact } = answer.data as unknown as { eraseContact: { id: string; erasedAt: string; counts: string } };
  return { ...eraseContact, counts: JSON.parse(eraseContact.counts) as Record<string, unknown> };
};

describe('eraseContact', () => {
  it('sets the tombstone before the command, and answers what the receipt says', async () => {
    const ref = randomBytes(32);
    const answer = erase(ref);
    const command = await takeCommand(ref);
    expect(command).toMatchObject({ kind: 'erase_contact', orgId: org, ref: ref.toString('base64url') });
    const { rows } = await fleet.sql.query('select org_id::int, ref, erased_at from catalog.erasures');
    expect(rows).toEqual([{ org_id: org, ref, erased_at: new Date(command.erasedAt) }]);
    await leaveReceipt(command, { contacts: 2, supporters: 1, messagesSent: 3, messagesLeaving: 1 });
    expect(receiptOf(await answer)).toEqual({
      id: command.id,
      erasedAt: `${command.erasedAt.slice(0, 19)}Z`,
      counts: {
        state: 'complete',
        erased: { contacts: 2, supporters: 1, attachments: 0, outbox: 0, spool: 0, parked: 0 },
        left: { messagesSent: 3, messagesLeaving: 1 },
      },
    });
  });

  it('says when it is not done yet; calling again waits for the rest and tells all of it', async () => {
    const ref = randomBytes(32);
    const first = receiptOf(await erase(ref, token.org, hasty));
    expect(first.counts).toMatchObject({ state: 'pending', erased: { contacts: 0 } });
    const late = await takeCommand(ref);
    expect(late.id).toBe(first.id);
    const again = erase(ref);
    const command = await takeCommand(ref);
    await leaveReceipt(late, { contacts: 2, messagesSent: 1 });
    await leaveReceipt(command, { contacts: 1, messagesSent: 1 });
    expect(receiptOf(await again).counts).toMatchObject({
      state: 'complete',
      erased: { contacts: 3 },
      left: { messagesSent: 1 },
    });
    const third = erase(ref);
    await leaveReceipt(await takeCommand(ref), { messagesSent: 1 });
    expect(receiptOf(await third).counts).toMatchObject({ state: 'complete', erased: { contacts: 0 } });
    const { rows } = await fleet.sql.query('select open_receipts from catalog.erasures');
    expect(rows).toEqual([{ open_receipts: [] }]);
  });

  it("takes the org's part out of submissions in the spool, and leaves the others theirs", async () => {
    const ref = randomBytes(32);
    const text = ref.toString('base64url');
    const record = { orgId: org, payload: '{}', nonce: null, encryptKeyId: null, signKeyId: null };
    const body = {
      kind: 'contact',
      ref: text,
      acceptedAt: new Date(Date.now() - 1_000).toISOString(),
      supporter: { email: 'harald@example.org', firstName: 'Harald', area: 'PL' },
      contacts: [record, { ...record, orgId: other }],
    };
    const partition = partitionOfRef(ref, partitionCount);
    // As if the broker were away: no relay must take it first.
    const relays = [gateway, hasty].map(({ app }) => app.get(OutboxRelay));
    await Promise.all(relays.map((relay) => relay.stop()));
    const spool = async (orgIds: number[]) =>
      fleet.insert('outbox', {
        message_id: randomBytes(8).toString('hex'),
        exchange: 'ingest',
        routing_key: String(partition),
        body: JSON.stringify({ ...body, contacts: orgIds.map((orgId) => ({ ...record, orgId })) }),
      });
    const ids = [await spool([org, other]), await spool([org]), await spool([other])];
    const answer = erase(ref);
    await leaveReceipt(await takeCommand(ref));
    expect(receiptOf(await answer).counts).toMatchObject({ erased: { spool: 2 } });
    const { rows } = await fleet.sql.query<{ body: string }>(
      'select body from catalog.outbox where id = any($1) order by id',
      [ids],
    );
    const left = rows.map((row) => JSON.parse(row.body) as ContactSubmissionV1);
    expect(left.map(({ contacts, supporter }) => [contacts.map(({ orgId }) => orgId), supporter.email])).toEqual([
      [[other], 'harald@example.org'],
      [[], null],
      [[other], 'harald@example.org'],
    ]);
    await fleet.sql.query('delete from catalog.outbox');
    for (const relay of relays) relay.start();
  });

  it('leaves an audit entry that names the receipt and not the person', async () => {
    const ref = randomBytes(32);
    const answer = erase(ref);
    await leaveReceipt(await takeCommand(ref));
    const { id } = receiptOf(await answer);
    const { rows } = await fleet.sql.query('select resource, resource_id, changeset from catalog.audit_log');
    expect(rows).toEqual([
      { resource: 'erasure', resource_id: id, changeset: { operation: 'eraseContact', orgId: org } },
    ]);
  });

  it('needs delete_contacts of that org, and a reference', async () => {
    const ref = randomBytes(32);
    expect((await erase(ref, token.other)).errors?.[0]).toMatchObject({ extensions: { code: 'permission_denied' } });
    const exporter = await fleet.addOwner(org);
    await fleet.sql.query('update catalog.staffers set perms = $1 where id = (select max(id) from catalog.staffers)', [
      permissionMask(['export_contacts', 'org_owner']),
    ]);
    expect((await erase(ref, exporter)).errors?.[0]?.extensions).toMatchObject({ required: ['delete_contacts'] });
    expect((await erase(Buffer.alloc(0))).errors?.[0]?.message).toBe('invalid contact_ref encoding');
    const { rows } = await fleet.sql.query('select 1 from catalog.erasures');
    expect(rows).toEqual([]);
  });
});

describe('deleteContact', () => {
  const remove = (ref: Buffer, through = gateway) =>
    through.post(
      'mutation ($ref: String!) { deleteContact(orgName: "green", contactRef: $ref) }',
      { ref: `${ref.toString('base64url')}=` },
      token.org,
    );

  it('Fix: runs as eraseContact does, with an audit entry; SUCCESS even when nothing matched', async () => {
    const ref = randomBytes(32);
    const answer = remove(ref);
    const command = await takeCommand(ref);
    expect(command).toMatchObject({ kind: 'erase_contact', orgId: org, ref: ref.toString('base64url') });
    await leaveReceipt(command);
    expect(await answer).toEqual({ data: { deleteContact: 'SUCCESS' } });
    const { rows } = await fleet.sql.query('select resource, resource_id, changeset from catalog.audit_log');
    expect(rows).toEqual([
      { resource: 'erasure', resource_id: command.id, changeset: { operation: 'deleteContact', orgId: org } },
    ]);
  });

  it('is no success while it is not done', async () => {
    const ref = randomBytes(32);
    expect((await remove(ref, hasty)).errors?.[0]?.extensions).toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 5,
    });
    await takeCommand(ref);
  });
});

describe('requeueActions', () => {
  const requeue = (ids: number[] | null, queue = 'CUSTOM_ACTION_DELIVER', bearer = token.org, through = gateway) =>
    through.post(
      `mutation ($ids: [Int!]) { requeueActions(orgName: "green", ids: $ids, queue: ${queue}) { count failed } }`,
      { ids },
      bearer,
    );
  const takeRequest = () =>
    waitFor(async () => {
      const [taken] = await fleet.vhost.drain(requests);
      return taken && { ...taken, request: JSON.parse(taken.content.toString()) as RequeueActionsRequestV1 };
    });
  const answerWith = async (answer: object): Promise<RequeueActionsRequestV1> => {
    const { request, properties } = await takeRequest();
    fleet.vhost.channel.publish(exchanges.reply, String(properties.replyTo), Buffer.from(JSON.stringify(answer)), {
      correlationId: String(properties.correlationId),
    });
    return request;
  };

  it.each([
    ['EMAIL_SUPPORTER', 'email'],
    ['CUSTOM_SUPPORTER_CONFIRM', 'confirm'],
    ['CUSTOM_ACTION_CONFIRM', 'moderate'],
    ['CUSTOM_ACTION_DELIVER', 'crm'],
    ['SQS', 'sqs'],
    ['WEBHOOK', 'webhook'],
  ])('asks action-ingest for queue %s', async (name, queue) => {
    const answer = requeue([7, 8, 7], name);
    const request = await answerWith({ ok: true, value: { count: 2, failed: 1 } });
    expect(request).toMatchObject({ kind: 'requeue_actions', orgId: org, actionIds: [7, 8], queue });
    expect(await answer).toEqual({ data: { requeueActions: { count: 2, failed: 1 } } });
    const { rows } = await fleet.sql.query('select resource, resource_id, changeset from catalog.audit_log');
    expect(rows).toEqual([
      {
        resource: 'requeue',
        resource_id: request.id,
        changeset: {
          operation: 'requeueActions',
          orgId: org,
          queue,
          actionIds: [7, 8],
          result: { count: 2, failed: 1 },
        },
      },
    ]);
  });

  it('Fix: is 0/0 without ids, and asks nobody', async () => {
    for (const ids of [null, []]) {
      expect(await requeue(ids)).toEqual({ data: { requeueActions: { count: 0, failed: 0 } } });
    }
    const absent = await gateway.post(
      'mutation { requeueActions(orgName: "green", queue: SQS) { count failed } }',
      {},
      token.org,
    );
    expect(absent).toEqual({ data: { requeueActions: { count: 0, failed: 0 } } });
    expect(await fleet.vhost.drain(requests)).toEqual([]);
  });

  it('reads the state when no reply comes in time: carried out, or unavailable', async () => {
    const unanswered = () => requeue([7], 'CUSTOM_ACTION_DELIVER', token.org, hasty);
    // A busy machine may not be done with it within the gateway's wait: then once more.
    await waitFor(async () => {
      const lost = unanswered();
      const { request } = await takeRequest();
      await fleet.sql.query('insert into actions.answered_requests (id, answer) values ($1, $2)', [
        request.id,
        '{"count": 1, "failed": 0}',
      ]);
      expect(await lost).toEqual({ data: { requeueActions: { count: 1, failed: 0 } } });
      return true;
    });
    const unheard = unanswered();
    await takeRequest();
    expect((await unheard).errors?.[0]?.extensions).toMatchObject({ code: 'unavailable' });
  });

  it('needs export_contacts of that org, and has a limit', async () => {
    expect((await requeue([7], 'SQS', token.other)).errors?.[0]).toMatchObject({
      extensions: { code: 'permission_denied', required: ['export_contacts'] },
    });
    const many = Array.from({ length: requeueLimit + 1 }, (_, index) => index);
    expect((await requeue(many)).errors?.[0]).toMatchObject({
      message: 'is too large',
      path: ['requeueActions', 'ids'],
    });
  });
});
