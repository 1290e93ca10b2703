import { readFileSync } from 'node:fs';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connect } from 'amqplib';
import { Webhook } from 'standardwebhooks';
import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg, type TestPage } from '../src/campaign-world';
import { OrgWebhook, type WebhookCall } from '../src/org-webhook';
import { PushCalls, type SeenEndpoint, type SeenPush } from '../src/push-calls';
import { SqsServer } from '../src/sqs-server';
import type { Body } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

const upsertService = `mutation ($org: String!, $id: Int, $input: ServiceInput!) {
  service: upsertService(orgName: $org, id: $id, input: $input) { id } }`;
const setBackends = `mutation ($org: String!, $push: ServiceName!, $event: ServiceName) {
  updateOrgProcessing(name: $org, pushBackend: $push, eventBackend: $event) { name } }`;
const sendPreviews = `mutation ($org: String!) {
  upsertService(orgName: $org, input: { name: PREVIEW }) { id }
  updateOrgProcessing(name: $org, emailBackend: PREVIEW, emailFrom: "instance@campaigns.example") { name } }`;

const [password, token, sqsSecret] = ['pass:wörd', 'Bearer verbatim-token', 'sqs-secret-key'];

const bodyOf = ({ body }: WebhookCall): Body => JSON.parse(body) as Body;
const isSuccess = ({ status }: WebhookCall): boolean => status < 300;

describe('the story of an org that has its actions pushed', () => {
  let fleet: TestFleet;
  let webhook: OrgWebhook;
  let sqs: SqsServer;
  let org: TestOrg;
  let campaign: { id: number; name: string };
  let page: TestPage;
  let pushes: PushCalls;
  let serviceId: number;

  beforeAll(async () => {
    [webhook, sqs, fleet] = await Promise.all([new OrgWebhook().start(), new SqsServer().start(), TestFleet.create()]);
    await Promise.all([
      fleet.start(),
      fleet.startOne('email-delivery', { PUBLIC_URL: 'https://campaigns.example' }),
      // All attempts of a push follow each other at once.
      fleet.startOne('crm-forwarder', { PUSH_RETRY_FIRST_MS: '0', PUSH_POLL_MS: '50', CATALOGUE_POLL_MS: '200' }),
    ]);
    await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
    await (await fleet.newUser(adminMask)).data(sendPreviews, { org: 'instance' });
    org = await anOrg(fleet);
    pushes = new PushCalls(org);
    campaign = await aCampaign(org);
    page = await aPage(org, campaign);
  });
  afterAll(async () => {
    await fleet.stop();
    await Promise.all([webhook.stop(), sqs.stop()]);
  });

  const saveService = async (input: Record<string, unknown>, { id, of = org }: { id?: number; of?: TestOrg } = {}) =>
    (await of.owner.data<{ service: { id: number } }>(upsertService, { org: of.name, id, input })).service.id;

  /** Returns the contactRef, by which its message is known. */
  async function sign(at: TestPage = page): Promise<string> {
    const { addActionContact } = await fleet.anonymous.data<{ addActionContact: { contactRef: string } }>(
      signMutation,
      aSignature(at),
    );
    return addActionContact.contactRef;
  }

  const callsOf = (ref: string): WebhookCall[] =>
    webhook.calls.filter((call) => bodyOf(call)['contact']?.contactRef === ref);
  const arrived = (ref: string): Promise<WebhookCall> => waitFor(() => callsOf(ref).find(isSuccess));
  const signed = async (): Promise<WebhookCall> => arrived(await sign());

  async function endpointOnce(fits: (endpoint: SeenEndpoint) => boolean): Promise<SeenEndpoint> {
    return waitFor(async () => (await pushes.endpoints()).find(fits));
  }

  const pushOnce = (state: string, id: string): Promise<SeenPush> =>
    waitFor(async () => (await pushes.pushes(state)).find((push) => push.id === id));

  /** The next message of ORG.crm, as its own software reads it. */
  async function fromCrmQueue(): Promise<{ id: unknown; body: string }> {
    const connection = await connect(await fleet.crmLogin(org.id));
    const channel = await connection.createChannel();
    const message = await waitFor(() => channel.get(`${org.name}.crm`, { noAck: true }));
    await connection.close();
    return { id: message.properties.messageId as unknown, body: message.content.toString('utf8') };
  }

  it('an action arrives at its webhook as in its queue, and an event too', async () => {
    serviceId = await saveService({ name: 'WEBHOOK', host: webhook.url, user: 'crm', password });
    await org.owner.data(setBackends, { org: org.name, push: 'WEBHOOK', event: 'WEBHOOK' });
    const [call, inCrm] = [await signed(), await fromCrmQueue()];
    expect(call.body).toBe(inCrm.body);
    const { schema, stage, actionId } = bodyOf(call);
    expect({ schema, stage }).toEqual({ schema: 'proca:action:2', stage: 'deliver' });
    expect(inCrm.id).toBe(`action:${actionId}:deliver:${org.id}`);
    expect(call).toMatchObject({
      path: '/hook',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': inCrm.id,
        'webhook-id': inCrm.id,
        authorization: `Basic ${Buffer.from(`crm:${password}`).toString('base64')}`,
      },
    });
    expect(call.headers['webhook-signature']).toBeUndefined();

    await org.owner.data('mutation ($id: Int!) { updateCampaign(id: $id, input: { title: "Another" }) { id } }', {
      id: campaign.id,
    });
    const event = await waitFor(() => webhook.calls.find((one) => bodyOf(one)['schema'] === 'proca:event:2'));
    expect(bodyOf(event)).toMatchObject({ eventType: 'campaign_updated', campaign: { title: 'Another' } });
    expect(event.headers['idempotency-key']).toMatch(/^event:/);
    expect(await pushes.endpoints()).toMatchObject([
      { serviceId, name: 'WEBHOOK', host: new URL(webhook.url).host, usedFor: ['ACTION', 'EVENT'], state: 'ENABLED' },
    ]);
  });

  it('a password without a user goes as it is written, from the next call on', async () => {
    await saveService({ name: 'WEBHOOK', user: null, password: token }, { id: serviceId });
    expect((await signed()).headers['authorization']).toBe(token);
  });

  it('calls are signed once there is a secret, and with the one before after a rotation', async () => {
    const first = await pushes.rotateSigningSecret(serviceId);
    expect(first.previousSecretUntil).toBeNull();
    const once = await signed();
    expect(new Webhook(first.secret).verify(once.body, once.headers)).toEqual(bodyOf(once));

    const second = await pushes.rotateSigningSecret(serviceId);
    expect(Date.parse(second.previousSecretUntil ?? '')).toBeGreaterThan(Date.now());
    const twice = await signed();
    for (const { secret } of [first, second]) {
      expect(new Webhook(secret).verify(twice.body, twice.headers)).toEqual(bodyOf(twice));
      expect(() => new Webhook(secret).verify(`${twice.body} `, twice.headers)).toThrow(/signature/);
    }
    expect(() => new Webhook(second.secret).verify(once.body, once.headers)).toThrow(/signature/);
    expect(await pushes.endpoints()).toMatchObject([
      { hasSigningSecret: true, previousSecretUntil: second.previousSecretUntil },
    ]);
  });

  /** The text of the mail that lies in the mailbox for this address. */
  async function mailTo(address: string): Promise<string> {
    const pageAt = async (path: string) => (await fetch(`${fleet.gatewayUrl}${path}`)).text();
    const rows = async () => (await pageAt('/mailbox')).split('<tr');
    const row = await waitFor(async () => (await rows()).find((one) => one.includes(address)));
    const [, path = ''] = /href="(\/mailbox\/\d+)"/.exec(row) ?? [];
    return pageAt(`${path}/text`);
  }

  it('410 disables it and its owner is told; what waits goes out, under the same ids, once it is enabled', async () => {
    webhook.answer = { status: 410 };
    const refused = await sign();
    const gone = await endpointOnce(({ state }) => state === 'DISABLED');
    expect(gone.reason).toContain('410');
    expect(gone.since).not.toBeNull();
    const meanwhile = [await sign(), await sign()];
    await endpointOnce(({ backlog }) => backlog.waiting === 3);
    const waiting = await pushes.pushes('WAITING');
    const { currentUser } = await org.owner.data<{ currentUser: { email: string } }>('{ currentUser { email } }');
    const mail = await mailTo(currentUser.email);
    expect(mail).toContain(`We no longer call service ${serviceId} of Org ${org.name}`);
    expect(mail).toContain('HTTP 410');

    webhook.answer = { status: 200 };
    expect(await pushes.enableEndpoint(serviceId)).toBe('SUCCESS');
    const calls = await Promise.all([refused, ...meanwhile].map(arrived));
    const idOf = ({ headers }: WebhookCall) => headers['idempotency-key'];
    expect(calls.map(idOf).sort()).toEqual(waiting.map(({ messageId }) => messageId).sort());
    // None of them was called for while it was disabled.
    expect(callsOf(refused).map((call) => [idOf(call), call.status])).toEqual([
      [idOf(calls[0]!), 410],
      [idOf(calls[0]!), 200],
    ]);
    expect(meanwhile.flatMap(callsOf)).toHaveLength(2);
    await endpointOnce(({ state, reason, backlog }) => state === 'ENABLED' && !reason && backlog.waiting === 0);
    expect(await pushes.enableEndpoint(serviceId)).toBe('NOOP');
  });

  it('what failed through the whole schedule is kept with its attempts; one is dropped, the other sent anew', async () => {
    webhook.answer = { status: 500, body: 'no room here' };
    const refs = [await sign(), await sign()];
    const failed = await waitFor(async () => {
      const found = await pushes.pushes('FAILED');
      return found.length === 2 && found;
    });
    const attempts = Array.from({ length: 10 }, (_, at) => ({
      attempt: 10 - at,
      outcome: at === 0 ? 'FAILED' : 'RETRY',
      status: 500,
      excerpt: 'no room here',
    }));
    for (const push of failed) {
      expect(push).toMatchObject({ kind: 'ACTION', attemptCount: 10, lastError: 'HTTP 500', attempts });
    }
    const [dropped, kept] = failed as [SeenPush, SeenPush];
    expect([await pushes.drop(dropped.id), await pushes.drop(dropped.id)]).toEqual(['SUCCESS', 'NOOP']);
    expect(await pushes.endpoints()).toMatchObject([{ backlog: { waiting: 0, failed: 1 } }]);

    webhook.answer = { status: 201 };
    expect(await pushes.replayFailed()).toBe(1);
    expect(await pushOnce('DELIVERED', kept.id)).toMatchObject({ attemptCount: 1, lastError: null });
    expect([await pushes.replay(dropped.id), await pushes.replay(kept.id)]).toEqual(['NOOP', 'NOOP']);
    expect((await pushOnce('DROPPED', dropped.id)).messageId).toBe(dropped.messageId);
    const calls = refs.flatMap(callsOf).map(({ headers, status }) => `${headers['idempotency-key']} ${status}`);
    const refusals = [dropped, kept].flatMap(({ messageId }) => attempts.map(() => `${messageId} 500`));
    expect(calls.sort()).toEqual([...refusals, `${kept.messageId} 201`].sort());
  });

  it('another org finds its actions in its SQS queue', async () => {
    const other = await anOrg(fleet, { processing: { customActionDeliver: false } });
    sqs.addKey('AKIAORG', sqsSecret);
    const queue = sqs.addQueue('actions', 'AKIAORG');
    const service = { name: 'SQS', host: sqs.region, path: queue.url, user: 'AKIAORG', password: sqsSecret };
    await saveService(service, { of: other });
    await other.owner.data(setBackends, { org: other.name, push: 'SQS', event: null });
    const ref = await sign(await aPage(other, await aCampaign(other)));

    const credentials = { accessKeyId: 'AKIAORG', secretAccessKey: sqsSecret };
    const client = new SQSClient({ region: sqs.region, credentials, endpoint: sqs.url });
    const receive = new ReceiveMessageCommand({ QueueUrl: queue.url, MessageAttributeNames: ['All'] });
    const message = await waitFor(async () => (await client.send(receive)).Messages?.[0]);
    expect(JSON.parse(message.Body ?? '')).toMatchObject({ orgId: other.id, contact: { contactRef: ref } });
    expect(message.MessageAttributes).toMatchObject({
      Schema: { StringValue: 'proca:action:2' },
      Stage: { StringValue: 'deliver' },
      ActionType: { StringValue: 'register' },
    });
    await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: message.ReceiptHandle }));
    client.destroy();
    expect(queue.messages).toEqual([]);
    // The answer of SQS is noted after the message is there.
    const calls = new PushCalls(other);
    await waitFor(async () => (await calls.pushes())[0]?.state === 'DELIVERED');
    expect(await calls.pushes()).toMatchObject([{ state: 'DELIVERED', attemptCount: 1 }]);
  });

  it('no log holds a secret of it', async () => {
    const { secret } = await pushes.rotateSigningSecret(serviceId);
    await signed();
    const logs = fleet.services.map(({ log }) => readFileSync(log, 'utf8'));
    expect(logs.some((text) => text.includes('not pushed'))).toBe(true);
    const secrets = [password, token, sqsSecret, secret, secret.slice('whsec_'.length), 'no room here'];
    for (const text of logs) for (const one of secrets) expect(text).not.toContain(one);
  });
});
