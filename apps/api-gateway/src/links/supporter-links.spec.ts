import type { SupporterDecisionV1 } from '@groundswell/contracts';
import { DatabaseAwayError } from '@groundswell/persistence';
import { aCampaign, anOrg, aPage } from '@groundswell/submissions';
import { unavailable } from '../api/api-error';
import type { LinkState } from './link-state.read-model';
import { SupporterLinks } from './supporter-links';

const ref = 'V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI';
const waiting: LinkState = { pageId: 5, supporterStatus: 'confirming', emailStatus: 'none', actionStatus: 'new' };

function someLinks({
  state = waiting as LinkState | null,
  config = {},
  allowed = ['https://act.green.org/done'],
  lastLocation = null as string | null,
  fault = undefined as Error | undefined,
  publishFault = undefined as Error | undefined,
} = {}) {
  const commands: SupporterDecisionV1[] = [];
  const partitions: number[] = [];
  let reminders = 0;
  const rows = <Row extends { id: number }>(row: Row) => ({
    get: (id: number | string) => (id === row.id ? row : undefined),
  });
  const links = new SupporterLinks({
    catalogue: {
      pages: rows(aPage()),
      campaigns: rows(aCampaign({ title: 'Bees & <b>' })),
      orgs: rows(anOrg({ config })),
    } as never,
    readModel: {
      find: () => (fault ? Promise.reject(fault) : Promise.resolve(state)),
      lastLocationOf: () => Promise.resolve(lastLocation),
    },
    hosts: { mayRedirect: (_pageId, url) => Promise.resolve(allowed.includes(url)) },
    durable: {
      publish: ({ json, partition }) => {
        if (publishFault) return Promise.reject(publishFault);
        commands.push(JSON.parse(json.toString()) as SupporterDecisionV1);
        partitions.push(partition);
        return Promise.resolve('broker');
      },
    },
    metrics: { countReminder: () => (reminders += 1) },
    checksContracts: true,
    now: () => new Date('2026-01-02T03:04:05Z'),
  });
  const confirm = (verb: string, query: Record<string, unknown> = {}, method = 'GET') =>
    links.confirm({ actionId: '12', verb, ref }, { method, url: `/link/s/12/${verb}/${ref}?x="1"`, query });
  const optIn = (query: Record<string, unknown> = {}) =>
    links.optIn({ actionId: '12', ref }, { method: 'GET', url: '/', query });
  return { links, confirm, optIn, commands, partitions, reminders: () => reminders };
}

describe('accept and reject', () => {
  it('publishes the decision to the partition of the supporter and answers SUCCESS', async () => {
    const { confirm, commands, partitions } = someLinks();
    const answer = await confirm('accept');
    expect(answer).toMatchObject({ status: 200, body: 'SUCCESS' });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'content-type': 'text/plain; charset=utf-8',
      'referrer-policy': 'no-referrer',
    });
    expect(commands).toEqual([
      {
        schema: 'groundswell:command:1',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        at: '2026-01-02T03:04:05.000Z',
        kind: 'supporter_decision',
        actionId: 12,
        ref,
        decision: 'accept',
        doubleOptIn: false,
      },
    ]);
    expect(partitions).toEqual([0x57d54bbc % 16]);
  });

  const accepted: LinkState = { ...waiting, supporterStatus: 'accepted', actionStatus: 'delivered' };
  const rejected: LinkState = { ...waiting, supporterStatus: 'rejected', actionStatus: 'rejected' };
  const fresh: LinkState = { ...waiting, supporterStatus: 'new' };
  const optedIn = { emailStatus: 'double_opt_in' } as const;
  it.each<[string, LinkState, string, string | undefined, number, string, (string | null | boolean)[][]]>([
    ['confirming', waiting, 'accept', undefined, 200, 'SUCCESS', [['accept', false]]],
    ['confirming', waiting, 'accept', 'yes', 200, 'SUCCESS', [['accept', true]]],
    ['confirming', waiting, 'accept', '0', 200, 'SUCCESS', [['accept', false]]],
    ['accepted', accepted, 'accept', undefined, 200, 'SUCCESS', []],
    ['accepted', accepted, 'accept', '1', 200, 'SUCCESS', [['accept', true]]],
    ['opted in', { ...accepted, ...optedIn }, 'accept', '1', 200, 'SUCCESS', []],
    ['new', fresh, 'accept', undefined, 400, 'not allowed', []],
    ['new', fresh, 'accept', 'true', 400, 'not allowed', [[null, true]]],
    ['rejected', rejected, 'accept', undefined, 400, 'supporter data already rejected', []],
    ['rejected', rejected, 'accept', '1', 400, 'supporter data already rejected', [[null, true]]],
    ['new', fresh, 'reject', undefined, 200, 'SUCCESS', [['reject', false]]],
    ['confirming', waiting, 'reject', undefined, 200, 'SUCCESS', [['reject', false]]],
    ['confirming', waiting, 'reject', '1', 200, 'SUCCESS', [['reject', true]]],
    ['accepted', accepted, 'reject', undefined, 200, 'SUCCESS', [['reject', false]]],
    ['rejected', rejected, 'reject', undefined, 200, 'SUCCESS', []],
  ])('of a supporter who is %s (%#)', async (_is, state, verb, doi, status, message, expected) => {
    const { confirm, commands } = someLinks({ state });
    const answer = await confirm(verb, doi === undefined ? {} : { doi });
    const body = status === 200 ? message : JSON.stringify({ errors: [{ message }] });
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(commands.map(({ decision, doubleOptIn }) => [decision, doubleOptIn])).toEqual(expected);
  });

  it.each([
    ['https://act.green.org/done', 302, 'https://act.green.org/done?proca_confirm=accept&proca_doi=1', ''],
    ['https://evil.org/done', 200, undefined, 'SUCCESS; Could not redirect to a bad URL'],
    ['not a url', 200, undefined, 'SUCCESS; Could not redirect to a bad URL'],
    ['', 200, undefined, 'SUCCESS'],
  ])('with redir %s answers %d', async (redir, status, location, body) => {
    const { confirm, commands } = someLinks();
    const answer = await confirm('accept', { redir, doi: '1' });
    expect([answer.status, answer.headers['location'], answer.body]).toEqual([status, location, body]);
    expect(commands).toHaveLength(1);
  });

  it.each([
    [{ actionId: 'x', verb: 'accept', ref }, {}],
    [{ actionId: '0', verb: 'accept', ref }, {}],
    [{ actionId: '-1', verb: 'accept', ref }, {}],
    [{ actionId: '1.5', verb: 'accept', ref }, {}],
    [{ actionId: '99999999999999999', verb: 'accept', ref }, {}],
    [{ actionId: '12', verb: 'maybe', ref }, {}],
    [{ actionId: '12', verb: 'accept', ref: 'not+base64' }, {}],
    [{ actionId: '12', verb: 'accept', ref }, { doi: 'maybe' }],
  ])('refuses the malformed link %j %j', async (params, query) => {
    const { links, commands } = someLinks();
    const answer = await links.confirm(params, { method: 'GET', url: '/', query });
    expect([answer.status, answer.body]).toEqual([400, '{"errors":[{"message":"malformed link"}]}']);
    expect(commands).toEqual([]);
  });

  it('answers 404 when the action is not this supporter’s', async () => {
    const { confirm, optIn, commands } = someLinks({ state: null });
    for (const answer of [await confirm('accept'), await optIn()]) {
      expect([answer.status, answer.body]).toEqual([404, '{"errors":[{"message":"malformed link"}]}']);
    }
    expect(commands).toEqual([]);
  });

  it('counts links of reminders, and takes the last of repeated parameters', async () => {
    const { confirm, optIn, reminders, commands } = someLinks();
    await confirm('accept', { reminder: '1', doi: ['0', '1'] });
    await confirm('accept', { reminder: '0' });
    await optIn({ reminder: 'true' });
    expect(reminders()).toBe(2);
    expect(commands[0]?.doubleOptIn).toBe(true);
  });

  it('does nothing when only looked at with HEAD', async () => {
    const { confirm, commands } = someLinks();
    expect(await confirm('accept', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(commands).toEqual([]);
  });

  it.each([
    ['the database is away', { fault: new DatabaseAwayError('gone') }],
    ['nothing takes the decision', { publishFault: unavailable(5) }],
  ])('shows a retry page when %s', async (_case, faults) => {
    const { confirm, optIn } = someLinks(faults);
    for (const answer of [await confirm('reject'), await optIn()]) {
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({ 'retry-after': '10', 'content-type': 'text/html; charset=utf-8' });
      expect(answer.body).toContain('Please try again');
    }
  });

  it('lets a bug escape', async () => {
    await expect(someLinks({ fault: new TypeError('bug') }).confirm('accept')).rejects.toThrow('bug');
  });
});

describe('an org whose links need a button', () => {
  const config = { links: { autoConfirm: false } };

  it('shows a page without acting, and acts on POST', async () => {
    const { confirm, commands } = someLinks({ config });
    const page = await confirm('accept', { redir: 'https://act.green.org/done' });
    expect(page.status).toBe(200);
    expect(commands).toEqual([]);
    expect(page.body).toContain('<title>Confirm your signature: Bees &amp; &lt;b&gt;</title>');
    expect(page.body).toContain(`<form method="post" action="/link/s/12/accept/${ref}?x=&quot;1&quot;">`);
    expect(page.body).not.toContain('<script');
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).toContain(`form-action 'self' https://act.green.org;`);
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    expect(await confirm('accept', {}, 'POST')).toMatchObject({ status: 200, body: 'SUCCESS' });
    expect(commands).toHaveLength(1);
  });

  it('words a withdrawal as one', async () => {
    const { confirm } = someLinks({ config });
    const page = await confirm('reject', { redir: 'https://evil.org/done' });
    expect(page.body).toContain('Withdraw my signature');
    expect(page.headers['content-security-policy']).toContain(`form-action 'self';`);
  });
});

describe('double opt-in', () => {
  it.each([
    ['https://act.green.org/done', 'https://page.org/x', 'https://act.green.org/done?proca_doi=1'],
    ['https://evil.org/done', 'https://page.org/x?a=1', 'https://page.org/x?proca_doi=1&a=1'],
    [undefined, 'https://page.org/x', 'https://page.org/x?proca_doi=1'],
    [undefined, null, '/'],
  ])('with redir %s, page last seen at %s, leads to %s', async (redir, lastLocation, location) => {
    const { optIn, commands } = someLinks({ lastLocation });
    const answer = await optIn({ redir });
    expect([answer.status, answer.headers['location']]).toEqual([302, location]);
    expect(commands.map(({ decision, doubleOptIn }) => [decision, doubleOptIn])).toEqual([[null, true]]);
  });

  it('publishes nothing when it is done already', async () => {
    const { optIn, commands } = someLinks({ state: { ...waiting, emailStatus: 'double_opt_in' } });
    expect((await optIn()).status).toBe(302);
    expect(commands).toEqual([]);
  });
});
