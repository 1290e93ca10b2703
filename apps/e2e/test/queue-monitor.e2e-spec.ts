import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import type { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg } from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

interface Monitored {
  name: string;
  kind: string;
  service: string | null;
  orgId: number | null;
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  dead: number;
  reasons: { reason: string; count: number }[];
  oldestSeconds: number | null;
  workers: number | null;
  isPaused: boolean;
}

const monitored = `name kind service orgId waiting delayed active failed dead reasons { reason count } oldestSeconds
  isAgeAtMost inPerMinute outPerMinute errorsPerMinute workers isPaused`;
const look = `query ($org: String, $kind: QueueKind) {
  monitor: queues(orgName: $org, kind: $kind, limit: 1000) { brokerAnswers queues { ${monitored} } } }`;
const replay = `mutation ($org: String, $select: SelectParked!) {
  change: replayParked(orgName: $org, select: $select) { count kept fault isComplete } }`;
const drop = `mutation ($org: String, $select: SelectParked!) {
  change: dropParked(orgName: $org, select: $select) { count kept fault isComplete } }`;
const parkedList = `query ($org: String, $queue: String, $after: ID) {
  parked: parkedMessages(orgName: $org, service: "action-ingest", queue: $queue, after: $after, limit: 100) {
    id queue messageId reason parkedAt bytes } }`;
const contents = `query ($org: String, $id: ID!) {
  parked: parkedMessage(orgName: $org, id: $id) { id body isBase64 headers details } }`;
const jobList = `query ($org: String, $service: String!, $select: SelectJobs) {
  jobs(orgName: $org, service: $service, select: $select) { id type state claims lastError orgId result } }`;

const parkedCount = 1_000;

/** background-jobs.md §9; docs/queues.md. */
describe('the queue monitor', () => {
  let fleet: TestFleet;
  let green: TestOrg;
  let red: TestOrg;
  let admin: ApiClient;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'topology-service': { QUEUE_SAMPLE_MS: '1000' } });
    admin = await fleet.newUser(adminMask);
    [green, red] = [await anOrg(fleet), await anOrg(fleet)];
    await Promise.all([fleet.crmLogin(green.id), fleet.crmLogin(red.id)]);
  });
  afterAll(() => fleet.stop());

  const queues = async (who: ApiClient, variables: object = {}): Promise<Map<string, Monitored>> => {
    const { monitor } = await who.data<{ monitor: { brokerAnswers: boolean; queues: Monitored[] } }>(look, {
      ...variables,
    });
    expect(monitor.brokerAnswers).toBe(true);
    return new Map(monitor.queues.map((queue) => [queue.name, queue]));
  };
  const broker = async (): Promise<Map<string, { ready: number; unacked: number; consumers: number }>> => {
    const { amqpManagementUrl, amqpUrl } = fleet.home.infra;
    const { username, password, origin } = new URL(amqpManagementUrl);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const vhost = new URL(amqpUrl).pathname.slice(1);
    const answer = await fetch(`${origin}/api/queues/${vhost}`, { headers: { authorization } });
    const listed = (await answer.json()) as Record<string, number>[];
    return new Map(
      listed.map((queue) => [
        String(queue['name']),
        {
          ready: queue['messages_ready'] ?? -1,
          unacked: queue['messages_unacknowledged'] ?? -1,
          consumers: queue['consumers'] ?? -1,
        },
      ]),
    );
  };
  /** As what cannot be handled would be; `names` are ids. */
  const park = (queue: string, names: string, count: number, org: { id: number } = green) =>
    fleet.sql.query(
      `insert into actions.parked (queue, message_id, reason, headers, body)
       select $1, $2 || n, case when n % 10 = 0 then 'no such action' else 'failed alone' end,
              jsonb_build_object('org_id', $4::int, 'x-delivery-count', 3), convert_to('{"number":' || n || '}', 'UTF8')
         from generate_series(1, $3) n`,
      [queue, names, count, org.id],
    );
  /** Every message that is ready, taken for good. */
  const drain = async (queue: string): Promise<{ id: string; body: string; headers: Record<string, unknown> }[]> => {
    const connection = await connect(fleet.home.infra.amqpUrl);
    const channel = await connection.createChannel();
    const found = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (!message) break;
      const { messageId, headers } = message.properties;
      found.push({ id: String(messageId), body: message.content.toString(), headers: headers ?? {} });
    }
    await connection.close();
    return found;
  };
  const auditsOf = async (resource: string): Promise<Record<string, unknown>[]> => {
    const { rows } = await fleet.sql.query<{ changeset: Record<string, unknown> }>(
      'select changeset from catalog.audit_log where resource = $1 order by id',
      [resource],
    );
    return rows.map(({ changeset }) => changeset);
  };

  it('replays a thousand parked messages of an org exactly, and a repeated request none', async () => {
    const queue = `${green.name}.crm`;
    await park(queue, 'green-', parkedCount);
    await park(`${red.name}.crm`, 'red-', 3, red);
    await park('nobody.crm', 'lost-', 2, { id: 999_999 });
    const before = await queues(green.owner, { org: green.name });
    expect(before.get(queue)).toMatchObject({ kind: 'BROKER', waiting: 0, dead: parkedCount });
    expect(before.get(`parked:action-ingest:${queue}`)).toMatchObject({
      dead: parkedCount,
      reasons: [
        { reason: 'failed alone', count: 900 },
        { reason: 'no such action', count: 100 },
      ],
    });
    expect([...before.keys()].filter((name) => name.includes(red.name) || name.includes('nobody'))).toEqual([]);

    const select = { service: 'action-ingest', queue };
    const variables = { org: green.name, select };
    const answers = await Promise.all([green.owner.data(replay, variables), green.owner.data(replay, variables)]);
    const counts = answers.map(({ change }) => (change as { count: number }).count);
    expect(counts[0]! + counts[1]!).toBe(parkedCount);
    expect(await green.owner.data(replay, variables)).toEqual({
      change: { count: 0, kept: 0, fault: null, isComplete: true },
    });

    const arrived = await drain(queue);
    expect(arrived.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: parkedCount }, (_, index) => `green-${index + 1}`).sort(),
    );
    expect(arrived.every(({ id, body }) => body === `{"number":${id.slice(6)}}`)).toBe(true);
    expect(arrived[0]?.headers).toMatchObject({ org_id: green.id });
    const { rows } = await fleet.sql.query(
      'select queue, count(*)::int as count from actions.parked group by 1 order by 1',
    );
    expect(rows).toEqual(
      [
        { queue: 'nobody.crm', count: 2 },
        { queue: `${red.name}.crm`, count: 3 },
      ].sort((a, b) => (a.queue < b.queue ? -1 : 1)),
    );
    expect((await auditsOf('parked')).filter(({ operation }) => operation === 'replayParked')).toHaveLength(3);
  });

  it('keeps what has no way home, shows contents to those who may see them, and drops what it is told to', async () => {
    expect(await admin.data(replay, { select: { service: 'action-ingest', queue: 'nobody.crm' } })).toEqual({
      change: { count: 0, kept: 2, fault: 'no way home to nobody.crm', isComplete: false },
    });
    const listed = async (who: ApiClient, variables: object) =>
      (await who.data<{ parked: { id: string; queue: string; messageId: string }[] }>(parkedList, { ...variables }))
        .parked;
    expect(await listed(green.owner, { org: green.name })).toEqual([]);
    expect(await listed(green.owner, { org: green.name, queue: `${red.name}.crm` })).toEqual([]);
    const reds = await listed(red.owner, { org: red.name });
    expect(reds.map(({ messageId }) => messageId)).toEqual(['red-3', 'red-2', 'red-1']);
    expect(await listed(admin, { queue: `${red.name}.crm`, after: reds[1]!.id })).toEqual([reds[2]]);

    // An org that is called as another was does not see what that one left.
    await park(`${red.name}.crm`, 'left-', 1);
    expect(await listed(red.owner, { org: red.name })).toEqual(reds);
    const [left] = await listed(admin, { queue: `${red.name}.crm` });
    const dropLeft = { org: red.name, select: { service: 'action-ingest', ids: [left!.id] } };
    expect(await red.owner.data(drop, dropLeft)).toMatchObject({ change: { count: 0 } });
    const unseen = await red.owner.ask(contents, { org: red.name, id: left!.id });
    expect(unseen.errors[0]?.extensions).toMatchObject({ code: 'not_found' });
    // It goes to the org it is of, whose queue is called otherwise.
    expect(await admin.data(replay, { select: dropLeft.select })).toMatchObject({ change: { count: 1, kept: 0 } });
    expect((await drain(`${green.name}.crm`)).map(({ id }) => id)).toEqual(['left-1']);

    const { id } = reds[0]!;
    expect(await red.owner.data(contents, { org: red.name, id })).toMatchObject({
      parked: { id, body: '{"number":3}', isBase64: false },
    });
    const { errors } = await green.owner.ask(contents, { org: green.name, id });
    expect(errors[0]?.extensions).toMatchObject({ code: 'not_found' });
    expect(await auditsOf('parked')).toContainEqual({
      ...{ operation: 'lookAtParked', orgId: red.id, queue: `${red.name}.crm` },
    });
    const dropped = await red.owner.data(drop, { org: red.name, select: { service: 'action-ingest', ids: [id] } });
    expect(dropped).toEqual({ change: { count: 1, kept: 0, fault: null, isComplete: true } });
    expect(await listed(red.owner, { org: red.name })).toHaveLength(2);
    expect(await drain(`${red.name}.crm`)).toEqual([]);
  });

  it('stops the reading of queues, through a restart, until they are resumed', async () => {
    const partitions = Array.from({ length: 16 }, (_, number) => `system.ingest.${number}`);
    const setAll = async (operation: 'pauseQueue' | 'resumeQueue') => {
      for (const name of partitions) {
        expect(await admin.data(`mutation { status: ${operation}(name: "${name}") }`)).toEqual({ status: 'SUCCESS' });
      }
    };
    await setAll('pauseQueue');
    expect(await admin.data(`mutation { status: pauseQueue(name: "${partitions[0]}") }`)).toEqual({ status: 'NOOP' });
    const ingest = fleet.service('action-ingest');
    await ingest.kill('SIGKILL');
    const restarted = await ingest.restart();
    fleet.services.splice(fleet.services.indexOf(ingest), 1, restarted);
    await restarted.ready({ deadlineMs: 60_000 });
    const page = await aPage(green, await aCampaign(green));
    await fleet.anonymous.data(signMutation, aSignature(page));
    // Requests are answered again, so its consumers run.
    await waitFor(async () => (await admin.ask(`mutation { pauseQueue(name: "${partitions[1]}") }`)).data != null);
    const paused = await waitFor(async () => {
      const found = await queues(admin, { kind: 'BROKER' });
      return partitions.some((name) => found.get(name)?.waiting === 1) && found;
    });
    expect(partitions.every((name) => paused.get(name)?.isPaused && paused.get(name)?.active === 0)).toBe(true);
    expect((await fleet.sql.query('select from actions.actions')).rowCount).toBe(0);
    await setAll('resumeQueue');
    await waitFor(async () => (await fleet.sql.query('select from actions.actions')).rowCount === 1);
    const { errors } = await admin.ask(`mutation { pauseQueue(name: "${green.name}.crm") }`);
    expect(errors).toMatchObject([{ message: 'cannot be paused' }]);
  });

  it('pauses a type of jobs, and retries and discards one job', async () => {
    const type = 'forget-upload';
    const { rows } = await fleet.sql.query<{ id: string }>(
      `insert into actions.jobs (type, org_id, payload, state, max_attempts, last_error, finished_at)
       select $1, $2, '{}', 'failed', 1, 'Error: object 17 is away', now() from generate_series(1, 2) returning id::text as id`,
      [type, green.id],
    );
    const [first, second] = rows.map(({ id }) => `action-ingest-${id}`);
    const name = `jobs:action-ingest:${type}`;
    expect((await queues(green.owner, { org: green.name })).get(name)).toMatchObject({
      ...{ failed: 2, waiting: 0, orgId: green.id, reasons: [{ reason: 'Error: object # is away', count: 2 }] },
    });
    const change = async (who: ApiClient, operation: string, variables: object) =>
      who.ask(`mutation ($org: String, $id: ID!) { status: ${operation}(orgName: $org, id: $id) }`, { ...variables });
    await admin.data(`mutation { pauseQueue(name: "${name}") }`);
    const foreign = await change(red.owner, 'retryJob', { org: red.name, id: first });
    expect(foreign.errors[0]?.extensions).toMatchObject({ code: 'not_found' });
    expect((await change(green.owner, 'retryJob', { org: green.name, id: first })).data).toEqual({ status: 'SUCCESS' });
    expect((await change(green.owner, 'retryJob', { org: green.name, id: first })).data).toEqual({ status: 'NOOP' });
    expect((await change(green.owner, 'discardJob', { org: green.name, id: second })).data).toEqual({
      status: 'SUCCESS',
    });
    expect((await queues(admin)).get(name)).toMatchObject({ waiting: 1, failed: 0, isPaused: true });
    const jobs = async () =>
      (
        await green.owner.data<{ jobs: { id: string; state: string; claims: number; lastError: string }[] }>(jobList, {
          ...{ org: green.name, service: 'action-ingest', select: { type } },
        })
      ).jobs;
    expect(await jobs()).toMatchObject([
      { id: second, state: 'CANCELED' },
      { id: first, state: 'QUEUED', claims: 0 },
    ]);
    await admin.data(`mutation { resumeQueue(name: "${name}") }`);
    // Its payload fits no job: it is tried, and fails for good.
    await waitFor(async () => (await jobs())[1]?.state === 'FAILED');
    expect((await jobs())[1]?.claims).toBe(1);
  });

  it('shows at rest what the management API and SQL show', async () => {
    await park(`${red.name}.crm`, 'again-', 5, red);
    await admin.data(replay, { select: { service: 'action-ingest', queue: `${red.name}.crm` } });
    await fleet.sql.query(
      `insert into notify.jobs (type, org_id, payload, max_attempts, due_at)
       select 'later', 0, '{}', 1, now() + interval '1 day' from generate_series(1, 4)`,
    );
    await fleet.sql.query(
      `insert into forwarder.outbox (message_id, lane, exchange, routing_key, body) select 'm' || n, n % 2, 'event', 'k', '{}'
         from generate_series(1, 7) n`,
    );
    // The broker makes its figures every 5 s.
    const found = await waitFor(async () => {
      const [shown, listed] = [await queues(admin), await broker()];
      const isSame = [...shown.values()]
        .filter(({ kind }) => kind === 'BROKER')
        .every(({ name, waiting, active, workers }) => {
          const { ready, unacked, consumers } = listed.get(name) ?? { ready: -1, unacked: -1, consumers: -1 };
          return waiting === ready && active === unacked && workers === consumers;
        });
      return isSame && shown.get(`${red.name}.crm`)?.waiting === 7 && { shown, listed };
    });
    const declared = [...found.listed.keys()].filter((name) => !/^(event|reply)\./.test(name));
    const shownNames = [...found.shown.values()].filter(({ kind }) => kind === 'BROKER').map(({ name }) => name);
    expect(shownNames.sort()).toEqual(declared.sort());
    expect(found.shown.get('jobs:notify-service:later')).toMatchObject({ waiting: 0, delayed: 4, workers: 0 });
    await fleet.sql.query(
      `insert into notify.job_workers (id, host, pid, heartbeat_at)
       values ('live', 'h', 1, now()), ('gone', 'h', 2, now() - interval '2 minutes')`,
    );
    expect((await queues(admin)).get('jobs:notify-service:later')).toMatchObject({ workers: 1 });
    expect(found.shown.get('outbox:crm-forwarder:0')).toMatchObject({ waiting: 3 });
    expect(found.shown.get('outbox:crm-forwarder:1')).toMatchObject({ waiting: 4, orgId: 1 });
    const { rows } = await fleet.sql.query<{ queue: string; count: number }>(
      'select queue, count(*)::int as count from actions.parked group by 1',
    );
    for (const { queue, count } of rows) {
      expect(found.shown.get(`parked:action-ingest:${queue}`)).toMatchObject({ dead: count });
    }
  });

  it('keeps a history, and tells it over plain HTTP too', async () => {
    const history = await waitFor(async () => {
      const document =
        'query ($name: String!) { samples: queueHistory(name: $name, days: 14) { at waiting dead workers } }';
      const { samples } = await admin.data<{ samples: { waiting: number; dead: number }[] }>(document, {
        name: 'parked:action-ingest:nobody.crm',
      });
      return samples.some(({ dead }) => dead === 2) && samples;
    });
    expect(history.every(({ waiting }) => waiting === 0)).toBe(true);

    const get = (path: string, who: ApiClient | null, accept = 'application/json') =>
      fetch(`${fleet.gatewayUrl}${path}`, {
        headers: { accept, ...(who && { authorization: who['authorization'] ?? '' }) },
      });
    expect((await get('/ops/queues', null)).status).toBe(401);
    expect((await get('/ops/queues', null, 'text/html')).headers.get('www-authenticate')).toMatch(/^Basic/);
    expect((await get('/ops/queues', green.owner)).status).toBe(403);
    expect((await get(`/ops/queues?orgName=${red.name}`, green.owner)).status).toBe(403);
    const ofOrg = (await (await get(`/ops/queues?orgName=${green.name}`, green.owner)).json()) as {
      queues: Monitored[];
    };
    expect(ofOrg.queues.map(({ name }) => name)).toContain(`${green.name}.crm`);
    const page = await (await get('/ops/queues', admin, 'text/html')).text();
    expect(page).toContain('<meta http-equiv="refresh" content="5">');
    expect(page).toContain('<td>parked:action-ingest:nobody.crm</td>');
    const one = await get('/ops/queues/parked:action-ingest:nobody.crm', admin);
    expect(await one.json()).toMatchObject({ dead: 2, service: 'action-ingest' });
    const items = (await (await get('/ops/queues/parked:action-ingest:nobody.crm/items', admin)).json()) as {
      id: string;
    }[];
    expect(items).toHaveLength(2);
    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${fleet.gatewayUrl}/ops/queues/${path}`, {
        method: 'POST',
        headers: { authorization: admin['authorization'] ?? '', ...headers },
      });
    const discard = `parked:action-ingest:nobody.crm/items/${items[0]!.id}/discard`;
    expect((await post(discard, { origin: 'https://elsewhere.example' })).status).toBe(403);
    const authorization = admin['authorization'] ?? '';
    const foreign = await fetch(`${fleet.gatewayUrl}/ops/queues`, {
      headers: { authorization, origin: 'https://elsewhere.example' },
    });
    expect(foreign.status).toBe(403);
    for (const odd of ['?kind=JOBS&kind=MAIL', '/green%00.crm/history', `/jobs:a:${'b'.repeat(80)}/items`]) {
      expect((await get(`/ops/queues${odd}`, admin)).status).toBe(400);
    }
    const elsewhere = `parked:action-ingest:nobody.crm/items/${items[1]!.id.replace('action-ingest', 'crm-forwarder')}`;
    expect((await post(`${elsewhere}/discard`)).status).toBe(404);
    expect((await post(`jobs:notify-service:send-digest/items/action-ingest-1/retry`)).status).toBe(404);
    expect(await (await post(discard)).json()).toMatchObject({ count: 1, isComplete: true });
    expect(await (await post('system.ingest.3/pause')).json()).toEqual({ status: 'SUCCESS' });
    expect(await (await post('system.ingest.3/resume')).json()).toEqual({ status: 'SUCCESS' });
    const { databaseUrl, amqpUrl, amqpManagementUrl } = fleet.home.infra;
    const env = { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl, AMQP_MANAGEMENT_URL: amqpManagementUrl };
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/tools/queues.js'], { env });
    expect(stdout).toMatch(/^parked:action-ingest:nobody\.crm +0 +0 +0 +0 +1 .*1 × /m);
    expect(stdout).toMatch(new RegExp(`^${red.name}\\.crm +7 `, 'm'));
    // With the one that was signed.
    const metrics = await (await fetch(`${fleet.service('topology-service').url}/metrics`)).text();
    expect(metrics).toMatch(/groundswell_waiting_work{[^}]*kind="broker",owner="org",state="waiting"[^}]*} 8/);
    expect(metrics).toMatch(/groundswell_waiting_work{[^}]*kind="parked"[^}]*state="dead"[^}]*} [1-9]/);
  });
});
