import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { requestKey } from '@groundswell/contracts';
import { hashApiToken, newApiToken } from '@groundswell/crypto';
import { adminMask } from '@groundswell/domain';
import { Rpc } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import { insertSignature } from './exported-world';
import { FixesWorld, problemsOf, unique, type Org } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';

const history = `query ($org: String!, $action: Int!) {
  mailHistory(orgName: $org, actionId: $action) {
    id kind state attempts error sentAt deliveredAt openedAt clickedAt bouncedAt nextAttemptAt
    failure { severity code enhancedCode message failedAt attempts isSuppressed resolvedAt }
    events { type severity isMachine errorCode at } } }`;
const waiting = `query ($org: String, $select: SelectMails) {
  mails(orgName: $org, select: $select) { mails { id state kind } after counts { failed unknown } } }`;

interface Listed {
  mails: { mails: { id: string; state: string }[]; after: string | null; counts: object };
}

let world: FixesWorld;
let gateway: RunningGateway;
let admin: string;

beforeAll(async () => {
  world = await FixesWorld.start({ ANSWER_WAIT_MS: '2000' });
  gateway = world.gateway;
  const { token } = newApiToken();
  const user = { email: `${unique('admin')}@example.org`, hashed_password: 'x', perms: adminMask };
  const userId = await world.fleet.insert('users', user);
  await world.fleet.insert('users_tokens', { user_id: userId, token: hashApiToken(token), context: 'api' });
  admin = token;
});
afterAll(() => world.fleet.close());

const insertMail = (org: { id: number }, columns: object): Promise<number> =>
  world.fleet.insert(
    'deliveries',
    { purpose: unique('purpose'), kind: 'thank_you', org_id: org.id, ...columns },
    'mail',
  );

async function insertAction(): Promise<number> {
  const { leadPageId: pageId, campaignId, lead } = world;
  await insertSignature(world.fleet, { pageId, campaignId, orgIds: [lead.id], action: { action_type: 'petition' } });
  const { rows } = await world.fleet.sql.query<{ id: number }>('select max(id)::int as id from actions.actions');
  return rows[0]!.id;
}

async function ask<Data>(query: string, variables: object, token: string): Promise<Data> {
  const { data, errors } = await gateway.post(query, variables, token);
  expect(errors).toBeUndefined();
  return data as Data;
}

describe('what became of the mails of an action', () => {
  it('shows each row with its failure and its events, times to the millisecond', async () => {
    const actionId = await insertAction();
    const first = await insertMail(world.lead, {
      action_id: actionId,
      state: 'sent',
      attempts: 2,
      sent_at: '2026-11-20T10:00:00.125Z',
      opened_at: '2026-11-20T10:01:00Z',
    });
    const second = await insertMail(world.lead, {
      action_id: actionId,
      kind: 'reminder',
      recipient: '{"email":"h@x.org"}',
    });
    await insertMail(world.lead, { action_id: await insertAction() });
    await world.fleet.sql.query(
      `insert into mail.failures (delivery_id, severity, code, message, failed_at, event_key)
       values ($1, 'temporary', 421, 'busy', '2026-11-20T10:00:30.5Z', $2)`,
      [first, randomBytes(16)],
    );
    for (const [type, at, isMachine] of [
      ['opened', '2026-11-20T10:01:00Z', true],
      ['failed', '2026-11-20T10:00:30.5Z', false],
    ]) {
      await world.fleet.sql.query(
        'insert into mail.events (event_key, delivery_id, type, at, is_machine) values ($1, $2, $3, $4, $5)',
        [randomBytes(16), first, type, at, isMachine],
      );
    }
    const { mailHistory } = await ask<{ mailHistory: object[] }>(
      history,
      { org: world.lead.name, action: actionId },
      world.lead.owner.token,
    );
    const events = [
      { type: 'FAILED', severity: null, isMachine: false, errorCode: null, at: '2026-11-20T10:00:30.500Z' },
      { type: 'OPENED', severity: null, isMachine: true, errorCode: null, at: '2026-11-20T10:01:00.000Z' },
    ];
    expect(mailHistory).toMatchObject([
      {
        id: String(first),
        state: 'SENT',
        attempts: 2,
        sentAt: '2026-11-20T10:00:00.125Z',
        openedAt: '2026-11-20T10:01:00.000Z',
        deliveredAt: null,
        nextAttemptAt: null,
        failure: { severity: 'TEMPORARY', code: 421, message: 'busy', failedAt: '2026-11-20T10:00:30.500Z' },
        events,
      },
      { id: String(second), kind: 'reminder', state: 'QUEUED', failure: null, events: [] },
    ]);
    expect(JSON.stringify(mailHistory)).not.toContain('h@x.org');
  });

  it('shows an action only to staff of its page or its lead', async () => {
    const actionId = await insertAction();
    const { partner } = world;
    const foreign = await gateway.post(history, { org: partner.name, action: actionId }, partner.owner.token);
    expect(problemsOf(foreign)).toEqual(['not_found: Entity not found at mailHistory']);
    const outsider = await gateway.post(history, { org: world.lead.name, action: actionId }, partner.owner.token);
    expect(problemsOf(outsider)[0]).toContain('User is not a member of organisation');
  });
});

describe('mails that wait for a person', () => {
  let org: Org;
  const ids: string[] = [];
  beforeAll(async () => {
    org = await world.addOrg();
    for (const state of ['failed', 'unknown', 'failed', 'sent', 'queued', 'failed', 'unknown']) {
      const id = await insertMail(org, { state, kind: ids.length === 0 ? 'reminder' : 'thank_you' });
      if (state === 'failed' || state === 'unknown') ids.unshift(String(id));
    }
    await insertMail(org, { state: 'unknown', mailing_id: 999_999_999 });
  });
  const list = async (select: object): Promise<Listed['mails']> =>
    (await ask<Listed>(waiting, { org: org.name, select }, org.owner.token)).mails;

  it('lists failed and unknown ones, newest first, page by page, none twice', async () => {
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const page: Listed['mails'] = await list({ limit: 2, after });
      pages.push(page.mails.map(({ id }) => id));
      after = page.after;
      expect(page.counts).toEqual({ failed: 3, unknown: 2 });
    } while (after);
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  it('lists those of one state or kind', async () => {
    expect((await list({ state: 'UNKNOWN' })).mails.map(({ state }) => state)).toEqual(['UNKNOWN', 'UNKNOWN']);
    expect((await list({ kind: 'reminder' })).mails.map(({ id }) => id)).toEqual([ids.at(-1)]);
    expect((await list({ kind: 'confirm' })).mails).toEqual([]);
  });

  it('lists those of all orgs to instance admins', async () => {
    const { mails } = await ask<Listed>(waiting, { select: { limit: 500 } }, admin);
    expect(mails.mails.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  it('refuses pages that are none', async () => {
    const select = { after: 'x' };
    const answer = await gateway.post(waiting, { org: org.name, select }, org.owner.token);
    expect(problemsOf(answer)).toEqual(['is invalid at mails.after']);
  });
});

describe('a mailing', () => {
  const query = `query ($org: String!, $id: ID!) { mailing(orgName: $org, id: $id) {
    phase state progress { completed total eta } counts { recipients failed }
    batches { number status errorStatus errorMessage errorDetails recipientCount } failures(limit: 1) { id state } } }`;

  it('shows how far it is, its batches by status and newest first, and who did not get it', async () => {
    const mailing = { purpose: unique('mailing'), org_id: world.lead.id, state: 'submitting', recipient_count: 10 };
    const times = { prepared_at: '2026-11-20T10:00:00Z', started_at: new Date(Date.now() - 60_000), failed_count: 1 };
    const mailingId = await world.fleet.insert('mailings', { ...mailing, ...times }, 'mail');
    const batches: number[] = [];
    for (const [number, state] of [
      [1, 'submitted'],
      [2, 'failed'],
      [3, 'submitted'],
    ] as const) {
      const failure = state === 'failed' ? { error_status: 400, error_message: 'bad', error_details: '["x"]' } : {};
      const batch = { mailing_id: mailingId, number, state, recipient_count: 3, ...failure };
      batches.push(await world.fleet.insert('mailing_batches', batch, 'mail'));
    }
    const recipient = { mailing_id: mailingId, batch_id: batches[0] };
    await insertMail(world.lead, { ...recipient, state: 'sent' });
    const failed = await insertMail(world.lead, { ...recipient, state: 'failed' });
    await insertMail(world.lead, { ...recipient, state: 'unknown' });
    const { mailing: found } = await ask<{ mailing: { progress: { eta: string } } }>(
      query,
      { org: world.lead.name, id: String(mailingId) },
      world.lead.owner.token,
    );
    expect(found).toMatchObject({
      phase: 'WAITING',
      state: 'SUBMITTING',
      progress: { completed: 3, total: 10 },
      counts: { recipients: 10, failed: 1 },
      batches: [
        { number: 2, status: 'FAILED', errorStatus: 400, errorMessage: 'bad', errorDetails: '{"details":["x"]}' },
        { number: 3, status: 'SUBMITTED', errorStatus: null },
        { number: 1, status: 'SUBMITTED', recipientCount: 3 },
      ],
      failures: [{ id: String(failed), state: 'FAILED' }],
    });
    expect(+new Date(found.progress.eta)).toBeGreaterThan(Date.now());
    const others = { org: world.partner.name, id: String(mailingId) };
    expect(problemsOf(await gateway.post(query, others, world.partner.owner.token))).toEqual([
      'not_found: Entity not found at mailing',
    ]);
  });
});

describe('the gateway', () => {
  it('can read neither whom a mail is for nor what it says', async () => {
    const client = new Client({ connectionString: world.fleet.database.urls.gateway });
    await client.connect();
    await expect(client.query('select recipient from mail.deliveries')).rejects.toThrow(/permission denied/);
    for (const column of ['recipient', 'variables', 'ref', 'address_hash', 'custom_id', 'provider_message_id']) {
      await expect(client.query(`select ${column} from mail.delivery_states`)).rejects.toThrow(/does not exist/);
    }
    await expect(client.query('select id from mail.delivery_states')).resolves.toBeDefined();
    await client.end();
  });

  it('writes down who asked before it asks, and no address', async () => {
    const serviceId = await world.fleet.insert('services', { org_id: world.lead.id, name: 'mailgun' });
    await gateway.catalogue.refresh();
    const removal = `mutation ($org: String!, $service: Int!) {
      removeMailSuppression(orgName: $org, serviceId: $service, email: "harald@example.org") { status } }`;
    const variables = { org: world.lead.name, service: serviceId };
    const answer = await gateway.post(removal, variables, world.lead.owner.token);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'unavailable', service: 'email-delivery' });
    const { rows } = await world.fleet.sql.query<{ changeset: object }>(
      `select changeset from catalog.audit_log where resource = 'service' and resource_id = $1`,
      [String(serviceId)],
    );
    expect(rows).toEqual([{ changeset: { operation: 'removeMailSuppression', orgId: world.lead.id } }]);
    const wrong = removal.replace('harald@example.org', 'harald');
    expect(problemsOf(await gateway.post(wrong, variables, world.lead.owner.token))).toEqual([
      'has invalid format at removeMailSuppression.email',
    ]);
  });
});

describe('/ops/mail-loops', () => {
  const path = '/ops/mail-loops';
  const window = { begin: '2026-11-19T00:00:00Z', end: '2026-11-20T00:00:00Z' };
  const call = (method: 'get' | 'put' | 'delete', token: string | null = admin) => {
    const request = gateway.http[method](path);
    return token === null ? request : request.set('authorization', `Bearer ${token}`);
  };
  const textOf = (body: unknown): string => (body as { errors: { message: string }[] }).errors[0]!.message;

  it.each(['get', 'put', 'delete'] as const)('%s is for instance admins', async (method) => {
    expect((await call(method, null).send(window)).status).toBe(401);
    expect((await call(method, newApiToken().token).send(window)).status).toBe(401);
    const owner = await call(method, world.lead.owner.token).send(window);
    expect([owner.status, textOf(owner.body)]).toEqual([403, 'You do not have the required permission']);
  });

  it.each([
    ['nothing', undefined, 'The body must be a JSON object with begin and end'],
    ['no JSON', '{', 'The body must be a JSON object with begin and end'],
    ['no end', { begin: window.begin }, `can't be blank`],
    ['a day', { ...window, end: '2026-11-20' }, 'has invalid format'],
    ['the end first', { begin: window.end, end: window.begin }, 'must be before end'],
  ])('PUT with %s is refused', async (_what, body, text) => {
    const answer = await call('put').set('content-type', 'application/json').send(body);
    expect([answer.status, textOf(answer.body)]).toEqual([400, text]);
  });

  beforeAll(async () => {
    await world.fleet.vhost.declareExchange('reply');
    await waitFor(() => gateway.app.get(Rpc).isOpen);
  });

  it('says at once that nobody is there', async () => {
    const answer = await call('get');
    expect([answer.status, answer.headers['retry-after'], textOf(answer.body)]).toEqual([
      503,
      '5',
      'email-delivery cannot be asked now',
    ]);
  });

  it('says how long it waited for one that does not answer', async () => {
    await world.fleet.vhost.declareQueue('silent', { exchange: 'ingest', key: requestKey('email-delivery') });
    const answer = await call('get');
    expect([answer.status, textOf(answer.body)]).toEqual([503, 'email-delivery did not answer within 2 s']);
  });
});

it('staff of every role may read, those who may requeue may decide', async () => {
  const org = await world.addOrg();
  const coordinator = await world.member(org, 'coordinator');
  await ask(waiting, { org: org.name }, coordinator.token);
  const id = await insertMail(org, { state: 'unknown' });
  const mutation = `mutation { dropMail(orgName: "${org.name}", id: "${id}") }`;
  expect(problemsOf(await gateway.post(mutation, {}, coordinator.token))[0]).toMatch(/^permission_denied/);
});
