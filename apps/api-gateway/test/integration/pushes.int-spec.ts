import { SecretEnvelope } from '@groundswell/crypto';
import { FixesWorld, problemsOf, unique, type Org } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';

const endpointsQuery = `query ($org: String!) { pushEndpoints(orgName: $org) {
  serviceId name host usedFor state reason since restsUntil lastSuccessAt lastFailureAt lastError failuresInRow
  backlog { waiting failed oldestAt } hasSigningSecret previousSecretUntil } }`;
const pushesQuery = `query ($org: String!, $select: SelectPushes, $after: ID, $limit: Int) {
  pushes(orgName: $org, select: $select, after: $after, limit: $limit) { after pushes {
    id messageId kind actionId state attemptCount dueAt takenAt endedAt lastError
    attempts { attempt attemptedAt serviceId outcome status latencyMs error excerpt } } } }`;
const rotate = `mutation ($org: String!, $id: Int!) {
  rotateSigningSecret(orgName: $org, id: $id) { serviceId secret previousSecretUntil } }`;

interface Page {
  after: string | null;
  pushes: { id: string; state: string; attempts: { attempt: number }[] }[];
}
interface Rotated {
  rotateSigningSecret: { serviceId: number; secret: string; previousSecretUntil: string | null };
}

let world: FixesWorld;
let gateway: RunningGateway;

beforeAll(async () => {
  world = await FixesWorld.start({ ENVELOPE_KEY: envelopeKey });
  gateway = world.gateway;
});
afterAll(() => world.fleet.close());

const envelopeKey = Buffer.alloc(32, 7).toString('base64url');
const envelope = SecretEnvelope.fromText(envelopeKey);

const ask = <Data>(query: string, variables: object, org: Org): Promise<Data> =>
  world.dataOf<Data>(query, { org: org.name, ...variables }, org.owner.token);

const refusalsOf = async (query: string, variables: object, org: Org): Promise<string[]> =>
  problemsOf(await gateway.post(query, { org: org.name, ...variables }, org.owner.token));

const addService = (org: Org, columns: object): Promise<number> =>
  world.fleet.insert('services', { org_id: org.id, ...columns });

/** Without either the org has no backend. */
async function useBackends(org: Org, pushId: number | null, eventId: number | null): Promise<void> {
  await world.fleet.sql.query('update catalog.orgs set push_backend_id = $2, event_backend_id = $3 where id = $1', [
    org.id,
    pushId,
    eventId,
  ]);
}

const addPush = (org: Org, columns: object = {}): Promise<number> =>
  world.fleet.insert(
    'pushes',
    { org_id: org.id, message_id: unique('action'), kind: 'action', body: '{"email":"h@x.org"}', ...columns },
    'forwarder',
  );

describe('the endpoints of an org', () => {
  const host = 'https://harald:hidden@crm.example.org:8443/hidden?token=hidden';

  it('are its push and its event backend, as calls to them go, with what waits for each', async () => {
    const org = await world.addOrg();
    const webhook = await addService(org, { name: 'webhook', host, password: 'hidden', path: 'hidden' });
    const sqs = await addService(org, { name: 'sqs', host: 'eu-west-1', '"user"': 'hidden' });
    await addService(org, { name: 'webhook', host: 'https://unused.example.org' });
    await useBackends(org, webhook, sqs);
    const failing = {
      org_id: org.id,
      failures_in_row: 3,
      failing_since: '2026-11-20T09:00:00Z',
      last_failure_at: '2026-11-20T10:00:00.125Z',
      last_error: 'HTTP 503',
    };
    await insertEndpoint({ ...failing, service_id: webhook, rests_until: '2126-01-01T00:00:00Z' });
    const gone = { disabled_at: '2026-11-20T11:00:00Z', disabled_reason: 'HTTP 410' };
    await insertEndpoint({ ...failing, service_id: sqs, last_success_at: '2026-11-19T10:00:00Z', ...gone });
    await addPush(org, { taken_at: '2026-11-20T10:00:01Z' });
    await addPush(org, { taken_at: '2026-11-20T10:00:00.5Z', state: 'sending' });
    for (const state of ['failed', 'delivered', 'dropped']) await addPush(org, { state });
    await addPush(org, { kind: 'event', state: 'failed' });
    await addPush(await world.addOrg());

    const { pushEndpoints } = await ask<{ pushEndpoints: object[] }>(endpointsQuery, {}, org);
    const failed = { lastFailureAt: '2026-11-20T10:00:00.125Z', lastError: 'HTTP 503', failuresInRow: 3 };
    const unsigned = { hasSigningSecret: false, previousSecretUntil: null };
    expect(pushEndpoints).toEqual([
      {
        serviceId: webhook,
        name: 'WEBHOOK',
        host: 'crm.example.org:8443',
        usedFor: ['ACTION'],
        state: 'RESTING',
        reason: 'HTTP 503',
        since: '2026-11-20T09:00:00.000Z',
        restsUntil: '2126-01-01T00:00:00.000Z',
        lastSuccessAt: null,
        ...failed,
        backlog: { waiting: 2, failed: 1, oldestAt: '2026-11-20T10:00:00.500Z' },
        ...unsigned,
      },
      {
        serviceId: sqs,
        name: 'SQS',
        host: 'eu-west-1',
        usedFor: ['EVENT'],
        state: 'DISABLED',
        reason: 'HTTP 410',
        since: '2026-11-20T11:00:00.000Z',
        restsUntil: null,
        lastSuccessAt: '2026-11-19T10:00:00.000Z',
        ...failed,
        backlog: { waiting: 0, failed: 1, oldestAt: null },
        ...unsigned,
      },
    ]);
    expect(JSON.stringify(pushEndpoints)).not.toContain('hidden');
  });

  const insertEndpoint = (columns: Record<string, unknown>): Promise<unknown> =>
    world.fleet.sql.query(
      `insert into forwarder.endpoints (${Object.keys(columns).join(', ')})
       values (${Object.keys(columns)
         .map((_name, n) => `$${n + 1}`)
         .join(', ')})`,
      Object.values(columns),
    );

  it('is one that gets both, before its first call', async () => {
    const org = await world.addOrg();
    const webhook = await addService(org, { name: 'webhook', host });
    await useBackends(org, webhook, webhook);
    await addPush(org);
    await addPush(org, { kind: 'event' });
    const { pushEndpoints } = await ask<{ pushEndpoints: object[] }>(endpointsQuery, {}, org);
    expect(pushEndpoints).toMatchObject([
      { serviceId: webhook, usedFor: ['ACTION', 'EVENT'], state: 'ENABLED', reason: null, backlog: { waiting: 2 } },
    ]);
  });

  it('are none without backends', async () => {
    expect(await ask(endpointsQuery, {}, await world.addOrg())).toEqual({ pushEndpoints: [] });
  });
});

describe('pushes', () => {
  let org: Org;
  const ids: string[] = [];
  /** Several taken over at the same time, not in the order of their states. */
  beforeAll(async () => {
    org = await world.addOrg();
    await addPush(await world.addOrg());
    const states = ['failed', 'waiting', 'delivered', 'failed', 'dropped', 'sending', 'failed'];
    for (const [n, state] of states.entries()) {
      const takenAt = new Date(Date.UTC(2026, 10, 20, 10, Math.floor(n / 3)));
      ids.unshift(String(await addPush(org, { state, taken_at: takenAt })));
    }
  });
  const list = async (select: object, page: object = {}): Promise<Page> =>
    (await ask<{ pushes: Page }>(pushesQuery, { select, ...page }, org)).pushes;
  const idsOf = ({ pushes }: Page): string[] => pushes.map(({ id }) => id);

  it.each([1, 2, 3, 7, 100])('are listed newest first, %i to a page, none twice', async (limit) => {
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const page: Page = await list({}, { limit, after });
      pages.push(idsOf(page));
      after = page.after;
    } while (after);
    expect(pages.flat()).toEqual(ids);
    expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
  });

  it('are listed by state, page by page', async () => {
    const first = await list({ state: 'FAILED' }, { limit: 2 });
    const second = await list({ state: 'FAILED' }, { limit: 2, after: first.after });
    expect([...idsOf(first), ...idsOf(second)]).toEqual([ids[0], ids[3], ids[6]]);
    expect(second.after).toBeNull();
    expect((await list({ state: 'DROPPED' })).pushes).toMatchObject([{ state: 'DROPPED', attempts: [] }]);
  });

  it('are listed by the time they were taken over, its end not included', async () => {
    const minute = (at: number) => `2026-11-20T10:0${at}:00Z`;
    expect(idsOf(await list({ from: minute(1), to: minute(2) }))).toEqual(ids.slice(1, 4));
    expect(idsOf(await list({ from: minute(2) }))).toEqual(ids.slice(0, 1));
    const first = await list({ to: minute(2) }, { limit: 4 });
    expect([...idsOf(first), ...idsOf(await list({ to: minute(2) }, { after: first.after }))]).toEqual(ids.slice(1));
  });

  it.each([
    ['after', { after: 'x' }, 'is invalid'],
    ['limit', { limit: 101 }, 'is too large'],
  ])('are refused with a wrong %s', async (argument, page, text) => {
    expect(await refusalsOf(pushesQuery, page, org)).toEqual([`${text} at pushes.${argument}`]);
  });

  it('show how they stand and their attempts, newest first, never what they say', async () => {
    const at = await world.addOrg();
    const push = { message_id: 'action:17:deliver:7', action_id: 17, attempts: 2, last_error: 'HTTP 503' };
    const due = { taken_at: '2026-11-20T10:00:00.125Z', due_at: '2026-11-20T10:05:00Z' };
    const id = await addPush(at, { ...push, ...due });
    const attempt = { push_id: id, org_id: at.id, service_id: 5, outcome: 'retry', latency_ms: 12 };
    const answered = { status: 503, error: 'HTTP 503', excerpt: 'busy', attempted_at: '2026-11-20T10:01:00.5Z' };
    await world.fleet.insert('push_attempts', { ...attempt, attempt: 1, error: 'no connection' }, 'forwarder');
    await world.fleet.insert('push_attempts', { ...attempt, attempt: 2, ...answered }, 'forwarder');
    const page = (await ask<{ pushes: Page }>(pushesQuery, {}, at)).pushes;
    expect(page).toMatchObject({
      after: null,
      pushes: [
        {
          id: String(id),
          messageId: 'action:17:deliver:7',
          kind: 'ACTION',
          actionId: 17,
          state: 'WAITING',
          attemptCount: 2,
          dueAt: '2026-11-20T10:05:00.000Z',
          takenAt: '2026-11-20T10:00:00.125Z',
          endedAt: null,
          lastError: 'HTTP 503',
          attempts: [
            {
              attempt: 2,
              serviceId: 5,
              outcome: 'RETRY',
              status: 503,
              latencyMs: 12,
              error: 'HTTP 503',
              excerpt: 'busy',
              attemptedAt: '2026-11-20T10:01:00.500Z',
            },
            { attempt: 1, status: null, error: 'no connection', excerpt: null },
          ],
        },
      ],
    });
    expect(JSON.stringify(page)).not.toContain('h@x.org');
  });

  it('show no more than the last attempts', async () => {
    const at = await world.addOrg();
    const id = await addPush(at);
    await world.fleet.sql.query(
      `insert into forwarder.push_attempts (push_id, org_id, service_id, attempt, outcome, latency_ms)
       select $1, $2, 5, n, 'retry', 1 from generate_series(1, 60) as n`,
      [id, at.id],
    );
    const { pushes } = (await ask<{ pushes: Page }>(pushesQuery, {}, at)).pushes;
    expect(pushes[0]!.attempts.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 50 }, (_, n) => 60 - n));
  });
});

describe('the secret that signs', () => {
  const secretsOf = async (id: number) => {
    const { rows } = await world.fleet.sql.query<Record<'now' | 'before' | 'updatedAt', string | null>>(
      `select signing_secret as now, previous_signing_secret as before, updated_at::text as "updatedAt"
         from catalog.services where id = $1`,
      [id],
    );
    const { now, before, updatedAt } = rows[0]!;
    const open = (sealed: string | null) => sealed && envelope.open(sealed).toString('utf8');
    return { sealed: now, now: open(now ?? null), before: open(before ?? null), updatedAt };
  };
  const rotated = async (org: Org, id: number) => (await ask<Rotated>(rotate, { id }, org)).rotateSigningSecret;

  it('is told once and sealed; the one before signs for a day, the one before that no more', async () => {
    const org = await world.addOrg();
    const id = await addService(org, { name: 'webhook' });
    await useBackends(org, id, null);
    const { updatedAt } = await secretsOf(id);
    const first = await rotated(org, id);
    expect(first).toEqual({ serviceId: id, secret: expect.stringMatching(/^whsec_/), previousSecretUntil: null });
    expect(await secretsOf(id)).toMatchObject({ now: first.secret, before: null, updatedAt });
    const startedAt = Date.now();
    const second = await rotated(org, id);
    const inADay = +new Date(second.previousSecretUntil!) - startedAt - 86_400_000;
    expect(Math.abs(inADay)).toBeLessThan(60_000);
    expect(await secretsOf(id)).toMatchObject({ now: second.secret, before: first.secret });
    const third = await rotated(org, id);
    const { sealed, ...stored } = await secretsOf(id);
    expect(stored).toEqual({ now: third.secret, before: second.secret, updatedAt });
    expect(sealed).toMatch(/^gs1:/);
    const shown = await ask<{ pushEndpoints: object[] }>(endpointsQuery, {}, org);
    expect(shown.pushEndpoints).toMatchObject([
      { hasSigningSecret: true, previousSecretUntil: third.previousSecretUntil },
    ]);
  });

  it('raises the version of the catalogue, where it is not kept, and is in no audit entry', async () => {
    const org = await world.addOrg();
    const id = await addService(org, { name: 'webhook' });
    await gateway.catalogue.refresh();
    const before = gateway.catalogue.version;
    const { secret } = await rotated(org, id);
    expect(gateway.catalogue.version).toBeGreaterThan(before);
    const { sealed } = await secretsOf(id);
    const kept = JSON.stringify([...gateway.catalogue.services.rows.values()]);
    for (const text of [secret, sealed!]) expect(kept).not.toContain(text);
    const { rows } = await world.fleet.sql.query<{ changeset: object }>(
      `select changeset from catalog.audit_log where resource = 'service' and resource_id = $1`,
      [String(id)],
    );
    expect(rows).toEqual([{ changeset: { operation: 'rotateSigningSecret', orgId: org.id, name: 'webhook' } }]);
  });

  it('is no longer shown once a day has passed', async () => {
    const org = await world.addOrg();
    const id = await addService(org, { name: 'webhook' });
    await useBackends(org, id, null);
    await rotated(org, id);
    await rotated(org, id);
    await world.fleet.sql.query('update catalog.services set previous_secret_until = now() where id = $1', [id]);
    const { pushEndpoints } = await ask<{ pushEndpoints: object[] }>(endpointsQuery, {}, org);
    expect(pushEndpoints).toMatchObject([{ hasSigningSecret: true, previousSecretUntil: null }]);
  });

  it('is of a webhook of the own org', async () => {
    const org = await world.addOrg();
    const sqs = await addService(org, { name: 'sqs' });
    const foreign = await addService(await world.addOrg(), { name: 'webhook' });
    expect(await refusalsOf(rotate, { id: sqs }, org)).toEqual(['is not a webhook at rotateSigningSecret.id']);
    expect(await refusalsOf(rotate, { id: foreign }, org)).toEqual([
      `not_found: Cannot find service with ${foreign} at rotateSigningSecret`,
    ]);
    expect((await secretsOf(foreign)).sealed).toBeNull();
  });
});
