import request from 'supertest';
import type { EmailEventV1, SupporterDecisionV1 } from '@groundswell/contracts';
import { PersonalLinkTokens, UnsubscribeTokens } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../../src/catalogue-writing/catalogue-settings';
import { AcceptFixture, haraldRef } from './accept.fixture';

let fixture: AcceptFixture;
let page: number;
let buttonPage: number;
let campaignId: number;
const fingerprint = Buffer.from(haraldRef, 'base64url');

beforeAll(async () => {
  fixture = await AcceptFixture.start();
  const org = await fixture.insertOrg('greenorg', { config: { links: { redirectHosts: ['thanks.org'] } } });
  const careful = await fixture.insertOrg('carefulorg', { config: { links: { autoConfirm: false } } });
  campaignId = await fixture.insertCampaign('bees', org);
  page = await fixture.insertPage('act.green.org/bees', org, campaignId);
  buttonPage = await fixture.insertPage('carefulorg/bees', careful, campaignId);
  await fixture.catalogueIsCurrent();
});

afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.takeIngested();
  await fixture.sql.query('truncate actions.supporters, actions.actions, actions.sources cascade');
});

const status = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4 };
type Status = keyof typeof status;

async function insertAction(pageId: number, supporter: Status, action: Status, emailStatus = 0): Promise<number> {
  const supporterId = await fixture.insert(
    'supporters',
    {
      campaign_id: campaignId,
      action_page_id: pageId,
      fingerprint,
      processing_status: status[supporter],
      email_status: emailStatus,
    },
    'actions',
  );
  const row = { supporter_id: supporterId, action_type: 'petition', campaign_id: campaignId, action_page_id: pageId };
  return fixture.insert('actions', { ...row, with_consent: true, processing_status: status[action] }, 'actions');
}

async function insertLocated(location: string, count = 1): Promise<void> {
  const source = { hash: Buffer.from(location), source: 's', medium: 'm', campaign: 'c', content: '', location };
  const sourceId = await fixture.insert('sources', source, 'actions');
  for (let index = 0; index < count; index += 1) {
    await fixture.insert('actions', { action_type: 'share', action_page_id: page, source_id: sourceId }, 'actions');
  }
}

const http = () => request(fixture.app.getHttpServer());
const confirmUrl = (actionId: number | string, verb = 'accept', query = '', ref = haraldRef) =>
  `/link/s/${actionId}/${verb}/${ref}${query}`;
const commands = async () =>
  (await fixture.takeIngested()).map(({ message, messageId, partition }) => {
    const { kind, actionId, ref, decision, doubleOptIn, id } = message as SupporterDecisionV1;
    expect([kind, ref, id, partition]).toEqual(['supporter_decision', haraldRef, messageId, 0x57d54bbc % 16]);
    return [actionId, decision, doubleOptIn];
  });

describe('/link/s', () => {
  it.each<[Status, Status, string, string, number, string, [string | null, boolean][]]>([
    ['confirming', 'new', 'accept', '', 200, 'SUCCESS', [['accept', false]]],
    ['confirming', 'new', 'accept', '?doi=1', 200, 'SUCCESS', [['accept', true]]],
    ['confirming', 'new', 'accept', '?doi=no', 200, 'SUCCESS', [['accept', false]]],
    ['confirming', 'new', 'reject', '', 200, 'SUCCESS', [['reject', false]]],
    ['confirming', 'new', 'reject', '?doi=yes', 200, 'SUCCESS', [['reject', true]]],
    ['accepted', 'delivered', 'accept', '', 200, 'SUCCESS', []],
    ['accepted', 'delivered', 'accept', '?doi=true', 200, 'SUCCESS', [['accept', true]]],
    ['accepted', 'delivered', 'reject', '', 200, 'SUCCESS', [['reject', false]]],
    ['new', 'new', 'accept', '', 400, 'not allowed', []],
    ['new', 'new', 'accept', '?doi=1', 400, 'not allowed', [[null, true]]],
    ['rejected', 'rejected', 'accept', '', 400, 'supporter data already rejected', []],
    ['rejected', 'rejected', 'reject', '', 200, 'SUCCESS', []],
  ])('supporter %s, action %s: %s%s', async (supporter, action, verb, query, code, message, expected) => {
    const actionId = await insertAction(page, supporter, action);
    const answer = await http().get(confirmUrl(actionId, verb, query));
    expect(answer.status).toBe(code);
    expect(code === 200 ? answer.text : answer.body).toEqual(code === 200 ? message : { errors: [{ message }] });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(await commands()).toEqual(expected.map((command) => [actionId, ...command]));
  });

  it.each([
    ['/link/s/x/accept/AAAA', 400],
    ['/link/s/1/perhaps/AAAA', 400],
    ['/link/s/1/accept/A', 400],
    ['/link/s/1/accept/AAAA?doi=maybe', 400],
    ['/link/d/x/AAAA', 400],
    ['/link/d/1/%21', 400],
    ['/link/s/123456789/accept/AAAA', 404],
    ['/link/s/9007199254740991/reject/AAAA', 404],
    ['/link/d/123456789/AAAA', 404],
  ])('%s is %d', async (url, code) => {
    const answer = await http().get(url);
    expect([answer.status, answer.body]).toEqual([code, { errors: [{ message: 'malformed link' }] }]);
    expect(await commands()).toEqual([]);
  });

  it('is 404 with the reference of somebody else, and takes a padded one', async () => {
    const actionId = await insertAction(page, 'confirming', 'new');
    expect((await http().get(confirmUrl(actionId, 'accept', '', 'AAAA'))).status).toBe(404);
    expect((await http().get(confirmUrl(actionId, 'accept', '', `${haraldRef}=`))).status).toBe(200);
    expect(await commands()).toHaveLength(1);
  });

  it.each([
    ['https://act.green.org/done?a=1', 'https://act.green.org/done?proca_confirm=accept&proca_doi=1&a=1'],
    ['https://thanks.org/', 'https://thanks.org/?proca_confirm=accept&proca_doi=1'],
    ['https://seen.org/done', 'https://seen.org/done?proca_confirm=accept&proca_doi=1'],
    ['https://evil.org/done', null],
    ['https://green.org', null],
    ['javascript:alert(1)', null],
  ])('with redir %s', async (redir, location) => {
    await insertLocated('https://seen.org/petition', 30);
    await insertLocated('https://evil.org/petition', 1);
    const actionId = await insertAction(page, 'confirming', 'new');
    const answer = await http().get(confirmUrl(actionId, 'accept', `?doi=1&redir=${encodeURIComponent(redir)}`));
    if (location) expect([answer.status, answer.headers['location']]).toEqual([302, location]);
    else expect([answer.status, answer.text]).toEqual([200, 'SUCCESS; Could not redirect to a bad URL']);
    expect(await commands()).toEqual([[actionId, 'accept', true]]);
  });

  it('acts on POST as on GET, and not on HEAD', async () => {
    const actionId = await insertAction(page, 'confirming', 'new');
    expect((await http().head(confirmUrl(actionId))).status).toBe(200);
    expect(await commands()).toEqual([]);
    expect((await http().post(confirmUrl(actionId))).text).toBe('SUCCESS');
    expect(await commands()).toHaveLength(1);
  });

  it('counts a reminder', async () => {
    const actionId = await insertAction(page, 'confirming', 'new');
    await http().get(confirmUrl(actionId, 'accept', '?reminder=1'));
    expect(await fixture.metrics.text()).toContain(
      'groundswell_gateway_reminder_links_total{link="confirm",service="api-gateway"} 1',
    );
  });

  it('shows a button where mail scanners must not decide', async () => {
    const actionId = await insertAction(buttonPage, 'confirming', 'new');
    const url = confirmUrl(actionId, 'accept', '?doi=1&redir=https%3A%2F%2Fthanks.org%2F');
    const shown = await http().get(url);
    expect(shown.status).toBe(200);
    expect(shown.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(shown.headers['content-security-policy']).toContain(`form-action 'self' https://thanks.org`);
    expect(shown.text).toContain('<h1>Confirm your signature</h1>');
    expect(await commands()).toEqual([]);
    const action = /action="([^"]+)"/.exec(shown.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const pressed = await http().post(action).type('form').send('');
    expect([pressed.status, pressed.headers['location']]).toEqual([
      302,
      'https://thanks.org/?proca_confirm=accept&proca_doi=1',
    ]);
    expect(await commands()).toEqual([[actionId, 'accept', true]]);
    expect((await http().post(action).set('content-type', 'application/x-www-form-urlencoded')).status).toBe(302);
  });
});

describe('/link/d', () => {
  it('opts in and leads to where the page was seen last', async () => {
    const actionId = await insertAction(page, 'confirming', 'new');
    expect((await http().get(`/link/d/${actionId}/${haraldRef}`)).headers['location']).toBe('/');
    await insertLocated('https://old.org/bees');
    await insertLocated('https://new.org/bees?x=1');
    await insertLocated('');
    const answer = await http().get(
      `/link/d/${actionId}/${haraldRef}?redir=${encodeURIComponent('https://evil.org/')}`,
    );
    expect([answer.status, answer.headers['location']]).toEqual([302, 'https://new.org/bees?proca_doi=1&x=1']);
    const allowed = await http().get(
      `/link/d/${actionId}/${haraldRef}?redir=${encodeURIComponent('https://thanks.org/a')}`,
    );
    expect(allowed.headers['location']).toBe('https://thanks.org/a?proca_doi=1');
    expect(await commands()).toEqual([
      [actionId, null, true],
      [actionId, null, true],
      [actionId, null, true],
    ]);
  });

  it('publishes nothing for someone who has opted in already', async () => {
    const actionId = await insertAction(page, 'accepted', 'delivered', 1);
    expect((await http().get(`/link/d/${actionId}/${haraldRef}`)).status).toBe(302);
    expect(await commands()).toEqual([]);
  });
});

it('spools the decision while the broker is away', async () => {
  const actionId = await insertAction(page, 'confirming', 'new');
  fixture.brokerProxy.refuse();
  await fixture.brokerIsAway();
  expect((await http().get(confirmUrl(actionId))).text).toBe('SUCCESS');
  const [row] = await fixture.spooled();
  expect(JSON.parse(row?.body ?? '{}')).toMatchObject({ kind: 'supporter_decision', actionId, decision: 'accept' });
  fixture.brokerProxy.accept();
  await fixture.brokerIsUsed();
  await waitFor(async () => (await fixture.spooled()).length === 0);
  expect(await fixture.takeIngested()).toMatchObject([{ message: { kind: 'supporter_decision', actionId } }]);
});

it('shows a retry page while the database is away', async () => {
  const actionId = await insertAction(page, 'confirming', 'new');
  await fixture.takeIngested();
  fixture.databaseProxy.refuse();
  for (const url of [confirmUrl(actionId), `/link/d/${actionId}/${haraldRef}`]) {
    const answer = await http().get(url);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '10', 'content-type': 'text/html; charset=utf-8' });
  }
  fixture.databaseProxy.accept();
});

describe('/link/m', () => {
  it('leads who follows it to the page, saying who comes, until it ends', async () => {
    const { settings } = fixture.app.get<CatalogueSurroundings>(CATALOGUE_SURROUNDINGS);
    const actionId = await insertAction(page, 'accepted', 'delivered');
    const tokens = new PersonalLinkTokens(settings.envelope);
    const urlUntil = (ms: number) =>
      `/link/m/${tokens.seal({ actionId, ref: fingerprint, expiresAt: new Date(Date.now() + ms) })}`;
    const { headers } = await http().get(urlUntil(60_000)).expect(302);
    expect(headers['location']).toMatch(new RegExp(`^(/|https?://.*[?]proca_ref=${haraldRef}.*)$`));
    expect(headers['referrer-policy']).toBe('no-referrer');
    await http().head(urlUntil(60_000)).expect(200);
    await http().get(urlUntil(-1_000)).expect(410);
    await http()
      .get(`${urlUntil(60_000)}x`)
      .expect(400);
    expect(await fixture.takeIngested()).toEqual([]);
  });
});

describe('/link/u', () => {
  it('unsubscribes with one click, as mail programs send it, and shows people a button', async () => {
    const { settings } = fixture.app.get<CatalogueSurroundings>(CATALOGUE_SURROUNDINGS);
    const url = `/link/u/${new UnsubscribeTokens(settings.envelope).seal({ actionId: 7, ref: fingerprint })}`;
    expect((await http().get(url).expect(200)).text).toContain('<button');
    await http().head(url).expect(200);
    expect(await fixture.takeIngested()).toEqual([]);
    await http().post(url).type('form').send('List-Unsubscribe=One-Click').expect(200);
    await http().post(url).field('List-Unsubscribe', 'One-Click').expect(200);
    const told = (await fixture.takeIngested()).map(({ message, partition }) => {
      const { kind, actionId, ref, event } = message as EmailEventV1;
      return { kind, actionId, ref, event, partition };
    });
    const command = { kind: 'email_event', actionId: 7, ref: haraldRef, event: 'unsub', partition: 0x57d54bbc % 16 };
    expect(told).toEqual([command, command]);
    await http().post(`${url}x`).expect(400);
  });
});
