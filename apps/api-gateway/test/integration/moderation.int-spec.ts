import type { ActionDecisionV1 } from '@groundswell/contracts';
import { haraldRef } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

let fleet: GatewayFleet;
let gateway: RunningGateway;
let lead: number;
let collector: number;
let pageId: number;
let buttonPageId: number;
let campaignId: number;
let token: { lead: string; collector: string; stranger: string };

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  lead = await fleet.insert('orgs', { name: 'lead', title: 'Lead' });
  collector = await fleet.insert('orgs', { name: 'collector', title: 'Collector' });
  const careful = { name: 'careful', title: 'Careful', config: { links: { autoConfirm: false } } };
  const carefulId = await fleet.insert('orgs', careful);
  campaignId = await fleet.insert('campaigns', { name: 'bees', title: 'Save <bees>', org_id: lead });
  const page = { locale: 'en', campaign_id: campaignId };
  pageId = await fleet.insert('action_pages', { ...page, name: 'act/bees', org_id: collector });
  buttonPageId = await fleet.insert('action_pages', { ...page, name: 'act/careful', org_id: carefulId });
  const strangers = await fleet.insert('orgs', { name: 'stranger', title: 'Stranger' });
  token = {
    lead: await fleet.addOwner(lead),
    collector: await fleet.addOwner(collector),
    stranger: await fleet.addOwner(strangers),
  };
  gateway = await fleet.start();
  await gateway.isReady();
});
afterAll(() => fleet.close());
beforeEach(async () => {
  await fleet.takeIngested();
  await fleet.sql.query('truncate actions.supporters, actions.actions, catalog.audit_log cascade');
});

const status = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 };
type Status = keyof typeof status;

const code = '012345678901';

/** An action, with a code unless told otherwise. */
async function insertAction(
  action: Status,
  { supporter = 'accepted' as Status, charges = 1 as number | null, page = pageId } = {},
): Promise<number> {
  const common = { campaign_id: campaignId, action_page_id: page };
  const person = { ...common, fingerprint: Buffer.from(haraldRef, 'base64url'), processing_status: status[supporter] };
  const supporterId = await fleet.insert('supporters', person, 'actions');
  const row = { ...common, supporter_id: supporterId, action_type: 'petition', processing_status: status[action] };
  const actionId = await fleet.insert('actions', row, 'actions');
  if (charges !== null) await fleet.insert('action_confirms', { action_id: actionId, code, charges }, 'actions');
  return actionId;
}

const decisions = async () =>
  (await fleet.takeIngested()).map(({ message, messageId, partition }) => {
    const { kind, actionId, ref, decision, id } = message as ActionDecisionV1;
    expect([kind, ref, id, partition]).toEqual(['action_decision', haraldRef, messageId, 0x57d54bbc % 16]);
    return [actionId, decision];
  });

describe('/link/:verb/:code', () => {
  it.each<[Status, string]>([
    ['confirming', 'accept'],
    ['confirming', 'reject'],
    ['accepted', 'reject'],
    ['delivered', 'reject'],
    ['repeat', 'reject'],
  ])('publishes the decision on a %s action: %s', async (action, verb) => {
    const actionId = await insertAction(action);
    const answer = await gateway.http.get(`/link/${verb}/${code}`);
    expect([answer.status, answer.headers['location']]).toEqual([302, '/']);
    expect(await decisions()).toEqual([[actionId, verb]]);
  });

  it.each<[Status, string]>([
    ['accepted', 'accept'],
    ['delivered', 'accept'],
    ['repeat', 'accept'],
    ['rejected', 'reject'],
  ])('changes nothing where a %s action was decided so before: %s', async (action, verb) => {
    await insertAction(action);
    expect((await gateway.http.get(`/link/${verb}/${code}`)).status).toBe(302);
    expect(await decisions()).toEqual([]);
  });

  it.each<[string, Status, string, Parameters<typeof insertAction>[1], unknown]>([
    ['used up by a rejection', 'rejected', 'accept', {}, 'expired'],
    ['without charges', 'confirming', 'accept', { charges: 0 }, 'expired'],
    ['not up for moderation yet', 'new', 'accept', {}, { errors: [{ message: 'not allowed' }] }],
    ['not up for moderation yet', 'new', 'reject', {}, { errors: [{ message: 'not allowed' }] }],
    [
      'of a supporter who withdrew',
      'confirming',
      'accept',
      { supporter: 'rejected' },
      { errors: [{ message: 'supporter data already rejected' }] },
    ],
  ])('is 400 %s', async (_case, action, verb, options, expected) => {
    await insertAction(action, options);
    const answer = await gateway.http.get(`/link/${verb}/${code}`);
    expect([answer.status, typeof expected === 'string' ? answer.text : answer.body]).toEqual([400, expected]);
    expect(await decisions()).toEqual([]);
  });

  it('rejects though there are no charges', async () => {
    const actionId = await insertAction('confirming', { charges: 0 });
    expect((await gateway.http.get(`/link/reject/${code}`)).status).toBe(302);
    expect(await decisions()).toEqual([[actionId, 'reject']]);
  });

  it.each(['/link/accept/999999999999', '/link/reject/1', `/link/accept/${'1'.repeat(90)}`])(
    '%s is no code',
    async (url) => {
      const answer = await gateway.http.get(url);
      expect([answer.status, answer.body]).toEqual([400, { errors: [{ message: 'code invalid' }] }]);
    },
  );

  it.each(['/link/accept/12x', '/link/accept/%20', '/link/perhaps/123', '/link/s/123', '/link/accept/١٢'])(
    '%s is malformed',
    async (url) => {
      const answer = await gateway.http.get(encodeURI(decodeURI(url)));
      expect([answer.status, answer.text]).toEqual([400, 'malformed link']);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    },
  );

  it.each([
    ['/done?a=1', '/done?a=1'],
    ['//evil.org', '/'],
    ['https://evil.org/', '/'],
    ['/\\evil.org', '/'],
  ])('redirects to %s as %s', async (redir, location) => {
    await insertAction('delivered');
    const answer = await gateway.http.get(`/link/accept/${code}?redir=${encodeURIComponent(redir)}`);
    expect(answer.headers['location']).toBe(location);
  });

  it('shows a button where mail scanners must not decide', async () => {
    const actionId = await insertAction('confirming', { page: buttonPageId });
    const url = `/link/accept/${code}?redir=%2Fdone`;
    const shown = await gateway.http.get(url);
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(shown.text).toContain('<h1>Accept this action</h1>');
    expect(shown.text).toContain('Save &lt;bees&gt;');
    expect(await decisions()).toEqual([]);
    const action = /action="([^"]+)"/.exec(shown.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const pressed = await gateway.http.post(action).type('form').send('');
    expect([pressed.status, pressed.headers['location']]).toEqual([302, '/done']);
    expect(await decisions()).toEqual([[actionId, 'accept']]);
  });

  it('does nothing on HEAD', async () => {
    await insertAction('confirming');
    expect((await gateway.http.head(`/link/accept/${code}`)).status).toBe(200);
    expect(await decisions()).toEqual([]);
  });
});

const decide =
  'mutation ($org: String!, $id: Int!, $accept: Boolean!) { decideAction(orgName: $org, actionId: $id, accept: $accept) }';

describe('decideAction', () => {
  const ask = (org: keyof typeof token, id: number, accept: boolean, by = token[org]) =>
    gateway.post(decide, { org, id, accept }, by);

  it.each(['lead', 'collector'] as const)('is for staff of the %s', async (org) => {
    const actionId = await insertAction('confirming', { charges: null });
    expect((await ask(org, actionId, true)).data).toEqual({ decideAction: 'SUCCESS' });
    expect((await ask(org, actionId, false)).data).toEqual({ decideAction: 'SUCCESS' });
    expect((await decisions()).sort()).toEqual([
      [actionId, 'accept'],
      [actionId, 'reject'],
    ]);
    const { rows } = await fleet.sql.query('select resource, resource_id, changeset from catalog.audit_log order by 3');
    expect(rows).toEqual(
      ['accept', 'reject'].map((decision) => ({
        ...{ resource: 'action', resource_id: String(actionId) },
        changeset: { operation: 'decideAction', orgId: org === 'lead' ? lead : collector, decision },
      })),
    );
  });

  it('is for nobody else, and tells nothing about actions of others', async () => {
    const actionId = await insertAction('confirming');
    const noMember = { message: 'User is not a member of organisation', extensions: { code: 'unauthorized' } };
    expect((await gateway.post(decide, { org: 'lead', id: actionId, accept: true })).errors?.[0]).toMatchObject(
      noMember,
    );
    expect((await ask('lead', actionId, true, token.stranger)).errors?.[0]).toMatchObject(noMember);
    for (const id of [actionId, actionId + 1_000_000]) {
      expect((await ask('stranger', id, true)).errors?.[0]).toMatchObject({ extensions: { code: 'not_found' } });
    }
    expect(await decisions()).toEqual([]);
  });

  it.each<[Status, boolean]>([
    ['accepted', true],
    ['delivered', true],
    ['repeat', true],
    ['rejected', false],
  ])('is NOOP when a %s action was decided so before (accept %s)', async (action, accept) => {
    expect((await ask('lead', await insertAction(action), accept)).data).toEqual({ decideAction: 'NOOP' });
    expect(await decisions()).toEqual([]);
  });

  it.each<[Status, boolean]>([
    ['delivered', false],
    ['rejected', true],
  ])('leaves a %s action alone that never waited for moderation', async (action, accept) => {
    const actionId = await insertAction(action, { charges: null });
    expect((await ask('lead', actionId, accept)).data).toEqual({ decideAction: 'NOOP' });
    expect(await decisions()).toEqual([]);
  });

  it.each<[Status, boolean]>([
    ['new', true],
    ['new', false],
    ['rejected', true],
  ])('refuses what the state of a %s action does not allow (accept %s)', async (action, accept) => {
    const { errors } = await ask('lead', await insertAction(action), accept);
    expect(errors?.[0]?.message).toBe('not allowed');
    expect(await decisions()).toEqual([]);
  });
});

describe('confirms by API', () => {
  const org = (verb: string) =>
    `mutation ($code: String!) { answer: ${verb}OrgConfirm(name: "collector", confirm: { code: $code }) { status message org { id } } }`;
  const user = (verb: string) =>
    `mutation ($code: String!) { answer: ${verb}UserConfirm(confirm: { code: $code }) { status message org { id } } }`;
  const answerOf = (state: string) => ({ answer: { status: state, message: null, org: null } });

  it.each([
    ['accept', org],
    ['reject', org],
    ['accept', user],
    ['reject', user],
  ])('%s an action by its code alone', async (verb, mutation) => {
    const actionId = await insertAction('confirming');
    expect((await gateway.post(mutation(verb), { code })).data).toEqual(answerOf('SUCCESS'));
    expect(await decisions()).toEqual([[actionId, verb]]);
    await fleet.sql.query('update actions.actions set processing_status = $1', [verb === 'accept' ? 4 : 2]);
    expect((await gateway.post(mutation(verb), { code })).data).toEqual(answerOf('NOOP'));
    if (verb === 'accept') return;
    expect((await gateway.post(mutation('accept'), { code })).errors?.[0]).toMatchObject({
      message: 'expired',
      extensions: { code: 'expired' },
    });
  });

  it('need a member, or a user, for every other code', async () => {
    for (const other of ['999999999999', 'x', '']) {
      const asked = { code: other };
      const noMember = { message: 'User is not a member of organisation' };
      expect((await gateway.post(org('accept'), asked)).errors?.[0]).toMatchObject(noMember);
      expect((await gateway.post(org('accept'), asked, token.stranger)).errors?.[0]).toMatchObject(noMember);
      expect((await gateway.post(user('reject'), asked)).errors?.[0]?.extensions).toEqual({ code: 'unauthorized' });
      for (const mutation of [org('accept'), user('accept')]) {
        const [error] = (await gateway.post(mutation, asked, token.collector)).errors ?? [];
        expect([error?.message, error?.extensions]).toEqual(['code invalid', undefined]);
      }
    }
  });
});

describe('with servers away', () => {
  it('spools the decision while the broker is away', async () => {
    const actionId = await insertAction('confirming');
    fleet.proxies.broker.refuse();
    expect((await gateway.http.get(`/link/reject/${code}`)).status).toBe(302);
    const { rows } = await fleet.sql.query<{ body: string }>(
      `select body from catalog.outbox where exchange = 'ingest'`,
    );
    expect(JSON.parse(rows[0]?.body ?? '{}')).toMatchObject({ kind: 'action_decision', actionId, decision: 'reject' });
    fleet.proxies.broker.accept();
    await gateway.isReady();
  });

  it('asks to come again while the database is away', async () => {
    const actionId = await insertAction('confirming');
    fleet.proxies.database.refuse();
    const answer = await gateway.http.get(`/link/accept/${code}`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
    const { errors } = await gateway.post(decide, { org: 'lead', id: actionId, accept: true }, token.lead);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'unavailable' });
    fleet.proxies.database.accept();
  });
});
