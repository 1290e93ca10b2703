import { readFileSync } from 'node:fs';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg } from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

interface Login {
  id: string;
  username: string;
  password: string;
  address: string | null;
  state: string;
}

const create = `mutation ($org: String!) {
  login: createCrmCredential(orgName: $org, label: "crm") { id username password address state } }`;
const rotate = `mutation ($org: String!, $id: ID!) {
  login: rotateCrmCredential(orgName: $org, id: $id) { id username password address state } }`;
const revoke = 'mutation ($org: String!, $id: ID!) { status: revokeCrmCredential(orgName: $org, id: $id) }';
const look = `query ($org: String!) { crmAccess(orgName: $org) {
  queues { state isFull queues { name purpose exists ready unacked consumers bytes oldestAfter parked alerts { kind } } }
  backlog { messages } credentials { id label username state } } }`;

interface Look {
  crmAccess: {
    queues: { state: string; queues: { name: string; unacked: number; consumers: number; oldestAfter: string }[] };
    backlog: { messages: number };
    credentials: { id: string; state: string }[];
  };
}

/** As published AMQP clients are used; what the broker says to a step is "ok" or the code of its refusal. */
async function answerTo(
  connection: ChannelModel,
  step: (channel: Channel) => Promise<unknown>,
): Promise<'ok' | number> {
  const channel = await connection.createChannel();
  const refusal = new Promise<number>((resolve) =>
    channel.on('error', (error: { code?: number }) => resolve(error.code ?? -1)),
  );
  const done = step(channel)
    .then(() => channel.checkExchange('amq.topic'))
    .then(() => 'ok' as const);
  return Promise.race([done, refusal]).catch((error: { code?: number }) => error.code ?? -1);
}

describe('credentials that an org makes for its CRM', () => {
  let fleet: TestFleet;
  let green: TestOrg;
  let red: TestOrg;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'topology-service': { CRM_AMQP_ADDRESS: 'amqps://crm.example.org' } });
    [green, red] = [await anOrg(fleet), await anOrg(fleet)];
    // Once the org's first user is there, its queues are too.
    await Promise.all([fleet.crmLogin(green.id), fleet.crmLogin(red.id)]);
  });
  afterAll(() => fleet.stop());

  const ask = async (document: string, id?: string): Promise<Login> =>
    (await green.owner.data<{ login: Login }>(document, { org: green.name, id })).login;
  const logIn = async ({ username, password }: Login): Promise<ChannelModel> => {
    const url = new URL(fleet.home.infra.amqpUrl);
    url.username = username;
    url.password = password;
    const connection = await connect(url.href);
    connection.on('error', () => undefined);
    return connection;
  };
  const closing = (connection: ChannelModel) => new Promise<void>((resolve) => connection.once('close', resolve));

  it('read its queue with a stock client, and nothing else; revoked ones are cut off at once', async () => {
    const page = await aPage(green, await aCampaign(green));
    const login = await ask(create);
    expect(login).toMatchObject({ address: 'amqps://crm.example.org', state: 'ACTIVE' });
    const connection = await logIn(login);
    const channel = await connection.createChannel();
    const bodies: string[] = [];
    await channel.consume(`${green.name}.crm`, (message) => void bodies.push(String(message?.content)));
    await fleet.anonymous.data(signMutation, aSignature(page));
    await waitFor(() => bodies.length === 1);
    expect(JSON.parse(bodies[0]!)).toMatchObject({ schema: 'proca:action:2', orgId: green.id });

    const refusals = [
      ...[`${red.name}.crm`, 'system.ingest.0', 'system.retry', 'system.dead', 'system.email.thankyou'].map((queue) =>
        answerTo(connection, (one) => one.get(queue)),
      ),
      ...['', 'ingest', 'deliver', 'event', 'system.retry'].map((exchange) =>
        answerTo(connection, async (one) => one.publish(exchange, `${green.name}.crm`, Buffer.from('{}'))),
      ),
      answerTo(connection, (one) => one.assertQueue('mine')),
      answerTo(connection, (one) => one.bindQueue(`${green.name}.crm`, 'deliver', '#')),
    ];
    expect(await Promise.all(refusals)).toEqual(refusals.map(() => 403));

    const { crmAccess } = await waitFor(async () => {
      const answer = await green.owner.data<Look>(look, { org: green.name });
      return answer.crmAccess.queues.queues[0]?.unacked === 1 && answer;
    });
    expect(crmAccess).toMatchObject({
      queues: { state: 'CONFIRMED', isFull: false },
      backlog: { messages: 0 },
      credentials: [{ id: login.id, label: 'crm', username: login.username, state: 'ACTIVE' }],
    });
    expect(crmAccess.queues.queues).toMatchObject([
      { name: `${green.name}.crm`, purpose: 'CRM', exists: true, ready: 0, consumers: 1, parked: 0, alerts: [] },
    ]);

    const closed = closing(connection);
    const variables = { org: green.name, id: login.id };
    expect(await green.owner.data(revoke, variables)).toEqual({ status: 'SUCCESS' });
    await closed;
    await expect(logIn(login)).rejects.toThrow(/ACCESS_REFUSED|403/);
    expect(await green.owner.data(revoke, variables)).toEqual({ status: 'NOOP' });
    const again = await green.owner.ask(rotate, variables);
    expect(again.errors[0]?.extensions).toMatchObject({ reason: 'revoked' });
  });

  it('are rotated without another name, and the org goes on with its other ones', async () => {
    const [before, other] = [await ask(create), await ask(create)];
    const [connection, untouched] = [await logIn(before), await logIn(other)];
    const closed = closing(connection);
    const after = await ask(rotate, before.id);
    await closed;
    expect(after).toMatchObject({ id: before.id, username: before.username, state: 'ACTIVE' });
    await expect(logIn(before)).rejects.toThrow(/ACCESS_REFUSED|403/);
    const reader = await logIn(after);
    expect(await answerTo(reader, (channel) => channel.consume(`${green.name}.crm`, () => undefined))).toBe('ok');
    expect(await answerTo(untouched, (channel) => channel.checkQueue(`${green.name}.crm`))).toBe('ok');
    await Promise.all([reader.close(), untouched.close()]);
  });

  it('appear in no log with their password', async () => {
    const { username, password } = await ask(create);
    const logs = () => fleet.services.map(({ log }) => readFileSync(log, 'utf8'));
    await waitFor(() => logs().some((text) => text.includes(username)));
    expect(logs().filter((text) => text.includes(password))).toEqual([]);
  });
});
