import { request as httpRequest } from 'node:http';
import { roleMask } from '@groundswell/domain';
import { waitFor, type TestDatabase } from '@groundswell/testing';
import { RequestAuthenticator } from '../../src/auth/request-authenticator';
import { PageChangeFeed } from '../../src/subscriptions/page-change-feed';
import { SocketServer } from '../../src/subscriptions/socket-server';
import { AdminGateway, unique, withDatabase } from './admin.fixture';
import {
  AbsintheClient,
  closeClients,
  GraphqlWsClient,
  portOf,
  RawClient,
  socketUrl,
  type Inbox,
} from './socket-clients.fixture';

const document = `subscription ($org_name: String) {
  actionPageUpserted(orgName: $org_name) {
    __typename id name config
    org { __typename name config }
    campaign { name config }
    ... on PrivateActionPage { delivery }
  }
}`;
const all = `subscription { actionPageUpserted { id name } }`;
const update = `mutation ($id: Int!, $input: ActionPageInput!) { updateActionPage(id: $id, input: $input) { id } }`;

const control = '__absinthe__:control';

const subscribersOf = ({ app }: AdminGateway): number => app.get(PageChangeFeed, { strict: false }).followers;
const connectionsOf = ({ app }: AdminGateway): number => app.get(SocketServer, { strict: false }).openConnections;
const forget = ({ app }: AdminGateway, userId: number): void =>
  app.get(RequestAuthenticator, { strict: false }).forgetUser(userId);

/** Of the next frame in 2.0.0. */
const takePayload = async <T>(raw: RawClient): Promise<T> => ((await raw.take()) as T[])[4] as T;

/** A bare socket in 2.0.0 whose channel is joined under ref 1. */
const joined = async (gateway: AdminGateway, query = ''): Promise<RawClient> => {
  const raw = await RawClient.open(socketUrl(gateway, `/socket/websocket?vsn=2.0.0${query}`));
  raw.send(['1', '1', control, 'phx_join', {}]);
  expect(await raw.take()).toEqual(['1', '1', control, 'phx_reply', { status: 'ok', response: {} }]);
  return raw;
};

/** No client of these tests is too slow for them, however busy the machine is. */
const patient = { silenceMs: 600_000, initWaitMs: 600_000, lastAnswersMs: 60_000, goodbyeMs: 20_000 };

let database: TestDatabase;
let first: AdminGateway;
/** Another replica: hears of changes by comparing versions only, as if every event were lost. */
let second: AdminGateway;
let org: Awaited<ReturnType<AdminGateway['addOrg']>>;
let campaign: { id: number; name: string };
let page: { id: number; name: string };

beforeAll(async () => {
  database = await withDatabase();
  first = await AdminGateway.start(database, { sockets: { limits: patient } });
  second = await AdminGateway.start(database, { settings: { refreshMs: 1_500 }, sockets: { limits: patient } });
  org = await first.addOrg();
  campaign = await first.addCampaign(org, { config: '{"lang":"en"}' });
  page = await first.addPage(org, campaign, { config: '{"color":"red"}' });
});
afterEach(async () => {
  closeClients();
  await waitFor(() => connectionsOf(first) + connectionsOf(second) === 0);
});
afterAll(async () => {
  await first.close();
  await second.close();
  await database.drop();
});

const change = (input: object = { locale: 'fr' }, gateway = first): Promise<unknown> =>
  gateway.get(update, { id: page.id, input }, org.token);

/** vsn 2.0.0: joinRef, ref, topic, event, payload. */
type PhoenixReply = [string, string, string, string, { status: string; response: { subscriptionId: string } }];

const pageOf = async (inbox: Inbox): Promise<Record<string, unknown>> => {
  const { data, errors } = await inbox.take();
  if (!data) throw new Error(JSON.stringify(errors));
  return (data as Record<string, Record<string, unknown>>)['actionPageUpserted']!;
};

/** A second message about the same change would follow the first at once. */
const nothingMore = async (inbox: Inbox): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(inbox.results).toEqual([]);
};

describe('@absinthe/socket over phoenix', () => {
  it('gets a page as the anonymous widget builder needs it, however often it changes', async () => {
    const inbox = await new AbsintheClient(first).send(document);
    for (const locale of ['de', 'it']) {
      await change({ locale });
      expect(await pageOf(inbox)).toEqual({
        __typename: 'PublicActionPage',
        id: page.id,
        name: page.name,
        config: '{"color":"red"}',
        org: { __typename: 'PublicOrg', name: org.name, config: '{}' },
        campaign: { name: campaign.name, config: '{"lang":"en"}' },
      });
    }
    await nothingMore(inbox);
  });

  it('answers queries and mutations, and aborts what cannot be run', async () => {
    const client = new AbsintheClient(first, { token: org.token });
    const query = await client.send('query ($id: Int) { actionPage(id: $id) { name } }', { id: page.id });
    expect(await query.take()).toEqual({ data: { actionPage: { name: page.name } } });
    const mutation = await client.send(update, { id: page.id, input: { thank_you_template: null } });
    expect(await mutation.take()).toEqual({ data: { updateActionPage: { id: page.id } } });
    const denied = await client.send('{ org(name: "nobody") { id } }');
    expect(await denied.take()).toMatchObject({ data: null, errors: [{ path: ['org'] }] });
    const broken = await client.send('{ nothing }');
    await waitFor(async () => broken.failures.length > 0);
  });

  it('hears nothing more of a subscription it has cancelled', async () => {
    const client = new AbsintheClient(first);
    const cancelled = await client.send(document);
    const other = await client.send(all);
    cancelled.cancel();
    await client.send('{ campaigns { id } }');
    await change();
    expect(await pageOf(other)).toEqual({ id: page.id, name: page.name });
    expect(cancelled.results).toEqual([]);
  });
});

describe('what is told', () => {
  it('tells a change through one replica to subscribers of the other, without any event', async () => {
    const overPhoenix = await new AbsintheClient(second).send(all);
    const overGraphqlWs = new GraphqlWsClient(second).send(all);
    await waitFor(async () => subscribersOf(second) === 2);
    await change({ locale: 'pl' });
    expect(await pageOf(overPhoenix)).toMatchObject({ id: page.id });
    expect(await pageOf(overGraphqlWs)).toMatchObject({ id: page.id });
    await nothingMore(overPhoenix);
  });

  it('tells new, copied and upserted pages, not campaigns, orgs and deletions', async () => {
    const inbox = await new AbsintheClient(first).send(all);
    const added = await first.addPage(org, campaign);
    expect(await pageOf(inbox)).toEqual(added);
    const { copyActionPage: copy } = await first.get<{ copyActionPage: { id: number; name: string } }>(
      `mutation ($org: String!, $name: String!, $from: String!) {
         copyActionPage(orgName: $org, name: $name, fromName: $from) { id name } }`,
      { org: org.name, name: `${unique('copy')}/en`, from: page.name },
      org.token,
    );
    expect(await pageOf(inbox)).toEqual(copy);
    await first.get(
      'mutation ($id: Int!) { updateCampaign(id: $id, input: { title: "New" }) { id } }',
      { id: campaign.id },
      org.token,
    );
    await first.get(
      'mutation ($name: String!) { updateOrg(name: $name, input: { title: "New" }) { id } }',
      org,
      org.token,
    );
    await first.get('mutation ($id: Int!) { deleteActionPage(id: $id) }', { id: added.id }, org.token);
    await first.get(
      'mutation ($org: String!, $input: CampaignInput!) { upsertCampaign(orgName: $org, input: $input) { id } }',
      { org: org.name, input: { name: campaign.name, actionPages: [{ name: page.name }, { name: copy.name }] } },
      org.token,
    );
    expect([await pageOf(inbox), await pageOf(inbox)]).toEqual([page, copy]);
    await nothingMore(inbox);
  });

  it("tells one org's pages to who asks for one org", async () => {
    const other = await first.addOrg();
    const client = new AbsintheClient(first);
    const ofOther = await client.send(document, { org_name: other.name.toUpperCase() });
    const ofAll = await client.send(all);
    await change();
    const theirs = await first.addPage(other, campaign);
    expect(await pageOf(ofOther)).toMatchObject({ id: theirs.id });
    expect([await pageOf(ofAll), await pageOf(ofAll)]).toMatchObject([{ id: page.id }, { id: theirs.id }]);
    await nothingMore(ofOther);
  });

  it('knows no such org', async () => {
    const raw = await joined(first);
    raw.send(['1', '2', control, 'doc', { query: 'subscription { actionPageUpserted(org_name: "no-such") { id } }' }]);
    const error = {
      message: 'Org not found',
      locations: [{ line: 1, column: 16 }],
      path: ['actionPageUpserted'],
      extensions: { code: 'not_found' },
    };
    expect(await raw.take()).toEqual([
      '1',
      '2',
      control,
      'phx_reply',
      { status: 'error', response: { errors: [error] } },
    ]);
    const inbox = new GraphqlWsClient(first).send('subscription { actionPageUpserted(orgName: "no-such") { id } }');
    expect(await inbox.take()).toEqual({ errors: [error] });
  });

  it('shows each subscriber its own view', async () => {
    const stranger = await first.addUser(`${unique('stranger')}@example.org`);
    const staff = { authorization: `Bearer ${org.token}` };
    const inboxes = [
      await new AbsintheClient(first).send(document),
      await new AbsintheClient(first, { token: org.token }).send(document),
      await new AbsintheClient(first, staff).send(document),
      await new AbsintheClient(first, { token: stranger.token }).send(document),
      new GraphqlWsClient(first).send(document),
      new GraphqlWsClient(first, staff).send(document),
    ];
    await waitFor(async () => subscribersOf(first) === inboxes.length);
    await change();
    const pages = await Promise.all(inboxes.map(pageOf));
    expect(pages.map(({ __typename, delivery }) => [__typename, delivery])).toEqual([
      ['PublicActionPage', undefined],
      ['PrivateActionPage', true],
      ['PrivateActionPage', true],
      ['PublicActionPage', undefined],
      ['PublicActionPage', undefined],
      ['PrivateActionPage', true],
    ]);
  });

  it('shows the public view as soon as its subscriber is no staff any more', async () => {
    const { id, token } = await first.addUser(`${unique('staff')}@example.org`);
    await first.addStaffer(id, org.id, roleMask.campaigner);
    const inbox = await new AbsintheClient(first, { token }).send(document);
    await change();
    expect(await pageOf(inbox)).toMatchObject({ __typename: 'PrivateActionPage' });
    await first.owner.query('delete from catalog.staffers where user_id = $1', [id]);
    await change();
    expect(await pageOf(inbox)).toMatchObject({ __typename: 'PublicActionPage' });
  });
});

describe('the frames of Phoenix', () => {
  it('answers each event as the protocol has it, in 2.0.0', async () => {
    const raw = await RawClient.open(socketUrl(first, '/socket/websocket?vsn=2.0.0'));
    const ask = async (frame: unknown): Promise<unknown> => {
      raw.send(frame);
      return raw.take();
    };
    const ok = (...frame: unknown[]) => [...frame.slice(0, 3), 'phx_reply', { status: 'ok', response: frame[3] }];
    const error = (...frame: unknown[]) => [...frame.slice(0, 3), 'phx_reply', { status: 'error', response: frame[3] }];
    expect(await ask([null, '1', 'phoenix', 'heartbeat', {}])).toEqual(ok(null, '1', 'phoenix', {}));
    const unjoined = await ask(['2', '2', control, 'doc', { query: '{ campaigns { id } }' }]);
    expect(unjoined).toEqual(error('2', '2', control, { reason: 'unmatched topic' }));
    expect(await ask(['3', '3', 'room:1', 'phx_join', {}])).toEqual(
      error('3', '3', 'room:1', { reason: 'unmatched topic' }),
    );
    expect(await ask(['4', '4', control, 'phx_join', {}])).toEqual(ok('4', '4', control, {}));
    const query = { query: 'query ($id: Int) { actionPage(id: $id) { id } }', variables: { id: page.id } };
    const answered = ok('4', '5', control, { data: { actionPage: { id: page.id } } });
    expect(await ask(['4', '5', control, 'doc', query])).toEqual(answered);
    const unread = await ask(['4', '6', control, 'doc', { ...query, variables: [1] }]);
    expect(unread).toEqual(error('4', '6', control, { error: 'Could not parse variables as map' }));
    expect(await ask(['4', '7', control, 'doc', {}])).toEqual(
      error('4', '7', control, { errors: [{ message: 'No query document supplied' }] }),
    );
    const started = (await ask(['4', '8', control, 'doc', { query: all }])) as PhoenixReply;
    const { subscriptionId } = started[4].response;
    expect(subscriptionId).toMatch(/^__absinthe__:doc:/);
    await change();
    expect(await raw.take()).toEqual([
      null,
      null,
      subscriptionId,
      'subscription:data',
      { result: { data: { actionPageUpserted: page } }, subscriptionId },
    ]);
    expect(await ask(['4', '9', control, 'unsubscribe', { subscriptionId }])).toEqual(
      ok('4', '9', control, { subscriptionId }),
    );
    expect(subscribersOf(first)).toBe(0);
  });

  it('speaks objects in 1.0.0, and to who names no version', async () => {
    for (const query of ['', '?vsn=1.0.0']) {
      const raw = await RawClient.open(socketUrl(first, `/socket/websocket${query}`));
      raw.send({ topic: control, event: 'phx_join', payload: {}, ref: '1' });
      const reply = { topic: control, event: 'phx_reply', payload: { status: 'ok', response: {} }, ref: '1' };
      expect(await raw.take()).toEqual(reply);
      raw.send({ topic: control, event: 'doc', payload: { query: all, variables: {} }, ref: '2' });
      const started = (await raw.take()) as { payload: { response: { subscriptionId: string } } };
      const { subscriptionId } = started.payload.response;
      await change();
      expect(await raw.take()).toEqual({
        topic: subscriptionId,
        event: 'subscription:data',
        payload: { result: { data: { actionPageUpserted: page } }, subscriptionId },
        ref: null,
      });
    }
  });

  it('ends subscriptions when the channel is left, and with the connection', async () => {
    const left = await joined(first);
    left.send(['1', '2', control, 'doc', { query: all }]);
    left.send(['1', '3', control, 'doc', { query: all }]);
    await waitFor(async () => subscribersOf(first) === 2);
    left.send(['1', '4', control, 'phx_leave', {}]);
    await waitFor(async () => subscribersOf(first) === 0);
    const gone = await joined(first);
    gone.send(['1', '2', control, 'doc', { query: all }]);
    await waitFor(async () => subscribersOf(first) === 1);
    gone.socket.terminate();
    await waitFor(async () => subscribersOf(first) === 0);
  });
});

describe('graphql-transport-ws', () => {
  it('answers queries and words errors as over HTTP', async () => {
    const client = new GraphqlWsClient(first, { authorization: `Bearer ${org.token}` });
    const query = 'query ($id: Int) { actionPage(id: $id) { name ... on PrivateActionPage { delivery } } }';
    expect(await client.send(query, { id: page.id }).take()).toEqual({
      data: { actionPage: { name: page.name, delivery: true } },
    });
    const unknown = client.send('{ actionPage(id: 999999) { id } }');
    expect(await unknown.take()).toMatchObject({
      data: null,
      errors: [{ message: 'Entity not found', path: ['actionPage'], extensions: { code: 'not_found' } }],
    });
    const invalid = client.send('{ nothing }');
    await waitFor(async () => invalid.failures.length > 0);
    expect(invalid.failures[0]).toMatchObject([{ message: expect.stringContaining('nothing') }]);
  });

  it('refuses credentials that do not hold', async () => {
    const client = new GraphqlWsClient(first, { authorization: 'Bearer API-nonsense' });
    await waitFor(async () => client.closes.length > 0);
    expect(client.closes[0]).toMatchObject({ code: 4403, reason: 'Cannot verify token' });
  });

  it('wants the subprotocol', async () => {
    const raw = await RawClient.open(socketUrl(first, '/api'));
    expect(await raw.isClosed()).toMatchObject({ code: 4406 });
  });
});

describe('who may open a socket', () => {
  it('refuses credentials that do not hold, and malformed ones', async () => {
    const at = (query: string) => RawClient.refusal(socketUrl(first, `/socket/websocket?vsn=2.0.0&${query}`));
    expect(await at('token=API-nonsense')).toEqual([401, '{"errors":[{"message":"Cannot verify token"}]}']);
    expect(await at('authorization=Basic%20!')).toEqual([
      400,
      '{"errors":[{"message":"Malformed Basic auth header"}]}',
    ]);
  });

  it('checks the origin that a browser sends', async () => {
    const gateway = await AdminGateway.start(database, { config: { CORS_ALLOW_ORIGIN: ['https://act.example.org'] } });
    const url = socketUrl(gateway, '/socket/websocket?vsn=2.0.0');
    const open = (origin?: string) => RawClient.open(url, origin === undefined ? {} : { origin });
    try {
      await open();
      await open('https://act.example.org');
      await open(`http://127.0.0.1:${portOf(gateway)}`);
      expect((await RawClient.refusal(url, { origin: 'https://evil.example.org' }))[0]).toBe(403);
      expect((await RawClient.refusal(url, { origin: 'null' }))[0]).toBe(403);
      expect((await RawClient.refusal(socketUrl(gateway, '/api'), { origin: 'https://evil.example.org' }))[0]).toBe(
        403,
      );
    } finally {
      closeClients();
      await gateway.close();
    }
  });

  it('knows no other path and no other version', async () => {
    expect((await RawClient.refusal(socketUrl(first, '/socket/longpoll')))[0]).toBe(404);
    expect((await RawClient.refusal(socketUrl(first, '/socket/websocket?vsn=3.0.0')))[0]).toBe(403);
  });

  it('still serves a request that offers HTTP/2 beside', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
      const path = `/api?query=${encodeURIComponent('{ campaigns { id } }')}`;
      httpRequest({ port: portOf(first), path, headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('is no socket server at all when that is switched off', async () => {
    const gateway = await AdminGateway.start(database, { sockets: { isServed: false } });
    const [status] = await RawClient.refusal(socketUrl(gateway, '/socket/websocket')).finally(() => gateway.close());
    expect(status).toBe(404);
  });
});

describe('limits', () => {
  let small: AdminGateway;
  beforeAll(async () => {
    small = await AdminGateway.start(database, {
      sockets: {
        limits: {
          ...patient,
          largestMessage: 10_000,
          mostConnections: 3,
          mostConnectionsPerAddress: 2,
          mostSubscriptions: 2,
          mostDocuments: 3,
          mostUnsentBytes: 100_000,
          identityKeptMs: 0,
        },
      },
    });
  });
  afterEach(async () => {
    closeClients();
    await waitFor(() => connectionsOf(small) === 0);
  });
  afterAll(() => small.close());

  it('takes so many connections of one address', async () => {
    const one = await joined(small);
    await joined(small);
    const url = socketUrl(small, '/socket/websocket');
    expect((await RawClient.refusal(url))[0]).toBe(429);
    one.socket.terminate();
    await waitFor(async () =>
      RawClient.open(url).then(
        () => true,
        () => false,
      ),
    );
  });

  it('takes so many subscriptions of one connection, and another for one that ended', async () => {
    const raw = await joined(small);
    const tooMany = { status: 'error', response: { errors: [{ message: 'Too many subscriptions' }] } };
    const replies: { response: { subscriptionId: string } }[] = [];
    for (let ref = 1; ref <= 3; ref += 1) {
      raw.send(['1', String(ref), control, 'doc', { query: all }]);
      replies.push(await takePayload(raw));
    }
    expect(replies[2]).toEqual(tooMany);
    raw.send(['1', '4', control, 'unsubscribe', { subscriptionId: replies[0]?.response.subscriptionId }]);
    raw.send(['1', '5', control, 'doc', { query: all }]);
    await raw.take();
    expect(await takePayload(raw)).toMatchObject({ status: 'ok' });
  });

  it('takes so many documents at once', async () => {
    const raw = await joined(small);
    for (let ref = 1; ref <= 6; ref += 1) {
      raw.send(['1', String(ref), control, 'doc', { query: '{ campaigns { id } }' }]);
    }
    await waitFor(async () => raw.frames.length === 6);
    const statuses = raw.frames.map((frame) => (frame as PhoenixReply)[4].status);
    expect(statuses).toContain('error');
    expect(statuses.filter((status) => status === 'ok').length).toBeGreaterThanOrEqual(3);
  });

  it('cuts off who does not read', async () => {
    const config = JSON.stringify({ text: 'x'.repeat(7_000) });
    await change({ config }, small);
    const raw = await joined(small);
    raw.socket.pause();
    const query = {
      query: `{ ${Array.from({ length: 100 }, (_, i) => `p${i}: actionPage(id: ${page.id}) { config }`).join(' ')} }`,
    };
    let sent = 0;
    const flood = setInterval(() => raw.send(['1', String(++sent), control, 'doc', query]), 5);
    try {
      await waitFor(() => connectionsOf(small) === 0);
    } finally {
      clearInterval(flood);
    }
    expect(connectionsOf(small)).toBe(0);
    await change({ config: '{"color":"red"}' }, small);
  });

  it('closes the connection of a token that was revoked', async () => {
    const { id, token } = await small.addUser(`${unique('user')}@example.org`);
    const raw = await joined(small, `&token=${token}`);
    raw.send(['1', '2', control, 'doc', { query: '{ currentUser { id } }' }]);
    expect(await takePayload(raw)).toMatchObject({ response: { data: { currentUser: { id } } } });
    await small.owner.query('delete from catalog.users_tokens where user_id = $1', [id]);
    forget(small, id);
    raw.send(['1', '3', control, 'doc', { query: '{ currentUser { id } }' }]);
    expect(await raw.isClosed()).toEqual({ code: 1008, reason: 'Cannot verify token' });
  });
});

describe('patience with clients', () => {
  let hasty: AdminGateway;
  beforeAll(async () => {
    hasty = await AdminGateway.start(database, { sockets: { limits: { silenceMs: 400, initWaitMs: 400 } } });
  });
  afterEach(async () => {
    closeClients();
    await waitFor(() => connectionsOf(hasty) === 0);
  });
  afterAll(() => hasty.close());

  /** Where the machine stalls for so long, no client says anything in time: then once more. */
  const sooner = (isSo: () => Promise<boolean>): Promise<boolean> =>
    waitFor(async () => {
      closeClients();
      return isSo();
    });

  it('closes a connection that says nothing, and keeps one that does', async () => {
    await sooner(async () => {
      const silent = await joined(hasty);
      const talking = await joined(hasty);
      const heartbeat = setInterval(() => talking.send([null, '9', 'phoenix', 'heartbeat', {}]), 100);
      try {
        expect(await silent.isClosed()).toMatchObject({ code: 1001 });
        await new Promise((resolve) => setTimeout(resolve, 500));
      } finally {
        clearInterval(heartbeat);
      }
      return talking.close === null;
    });
  });

  it('pings who speaks graphql-transport-ws, which has no heartbeat of its own', async () => {
    await sooner(async () => {
      const client = new GraphqlWsClient(hasty);
      const inbox = client.send(all);
      await waitFor(() => subscribersOf(hasty) === 1 || client.closes.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 900));
      if (client.closes.length > 0) return false;
      await change({ locale: 'es' }, hasty);
      await waitFor(() => inbox.results.length > 0 || client.closes.length > 0);
      if (inbox.results.length === 0) return false;
      expect(await pageOf(inbox)).toMatchObject({ id: page.id });
      return true;
    });
  });

  it('waits for connection_init only so long', async () => {
    const raw = await RawClient.open(socketUrl(hasty, '/api'), {}, ['graphql-transport-ws']);
    expect(await raw.isClosed()).toMatchObject({ code: 4408 });
  });
});

describe('hostile clients', () => {
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const nestedQuery = `{ ${'a { '.repeat(5_000)} b ${'}'.repeat(5_000)} }`;
  const texts: [string, string][] = [
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['a number', '7'],
    ['null', 'null'],
    ['a short frame', '["1","2"]'],
    ['numbers for names', '[1,2,3,4,5]'],
    ['a frame of null', '[null,null,null,null,null]'],
    ['depth', deep(200_000)],
    ['depth as reference', `[${deep(100_000)},${deep(100_000)},"phoenix","heartbeat",{}]`],
    ['depth as payload', `["1","2","${control}","doc",${deep(100_000)}]`],
    [
      'depth as variables',
      `["1","2","${control}","doc",{"query":"query($v: Json) { __typename }","variables":{"v":${deep(50_000)}}}]`,
    ],
    ['a nested document', JSON.stringify(['1', '2', control, 'doc', { query: nestedQuery }])],
    ['a prototype', `["1","2","${control}","doc",{"__proto__":{"query":"{ campaigns { id } }"},"constructor":1}]`],
    ['half a surrogate pair', JSON.stringify(['1', '2', control, 'doc', { query: '{ org(name: "\ud800") { id } }' }])],
    [
      'a subscription of others',
      JSON.stringify(['1', '2', control, 'unsubscribe', { subscriptionId: '__absinthe__:doc:1' }]),
    ],
    ['no name of a subscription', JSON.stringify(['1', '2', control, 'unsubscribe', { subscriptionId: { a: 1 } }])],
    ['an unknown event', JSON.stringify(['1', '2', control, 'explode', {}])],
    [
      'two root fields',
      JSON.stringify([
        '1',
        '2',
        control,
        'doc',
        { query: 'subscription { actionPageUpserted { id } b: actionPageUpserted { id } }' },
      ]),
    ],
    [
      'a wrong type',
      JSON.stringify([
        '1',
        '2',
        control,
        'doc',
        { query: 'subscription ($o: String) { actionPageUpserted(orgName: $o) { id } }', variables: { o: { a: 1 } } },
      ]),
    ],
  ];

  it.each(texts)('lives on after %s', async (_name, text) => {
    for (const open of [
      () => joined(first),
      () => RawClient.open(socketUrl(first, '/socket/websocket')),
      () => RawClient.open(socketUrl(first, '/api'), {}, ['graphql-transport-ws']),
    ]) {
      const raw = await open();
      raw.socket.send(text);
      raw.socket.send(Buffer.from([0, 255, 1]));
      await waitFor(() => raw.close !== null);
      expect([1002, 1003, 4400, 4401]).toContain(raw.close?.code);
    }
    expect(await first.ask('{ campaigns { id } }')).not.toHaveProperty('errors');
    expect(subscribersOf(first)).toBe(0);
  });

  it('refuses a message that is too large', async () => {
    const raw = await joined(first);
    raw.socket.send('x'.repeat(8_000_001));
    expect(await raw.isClosed()).toMatchObject({ code: 1009 });
  });

  it('takes messages of a server for what they are', async () => {
    const raw = await RawClient.open(socketUrl(first, '/api'), {}, ['graphql-transport-ws']);
    raw.send({ type: 'connection_init' });
    await raw.take();
    raw.send({ type: 'connection_ack' });
    expect(await raw.isClosed()).toMatchObject({ code: 4400 });
  });
});

describe('the end of the process', () => {
  it('answers what is in hand, then says goodbye', async () => {
    const gateway = await AdminGateway.start(database, { sockets: { limits: patient } });
    const raw = await joined(gateway);
    const other = new GraphqlWsClient(gateway);
    other.send(all);
    await waitFor(() => subscribersOf(gateway) === 1);
    raw.send(['1', '2', control, 'doc', { query: `{ campaign(name: "${campaign.name}") { id } }` }]);
    raw.send([null, '3', 'phoenix', 'heartbeat', {}]);
    expect(await raw.take()).toContain('3');
    await gateway.close();
    expect(await takePayload(raw)).toMatchObject({ response: { data: { campaign: { id: campaign.id } } } });
    expect(await raw.isClosed()).toMatchObject({ code: 1001 });
    await waitFor(() => other.closes.length > 0);
    expect(other.closes[0]).toMatchObject({ code: 1001 });
  });
});
