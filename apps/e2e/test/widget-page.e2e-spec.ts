import type { Browser, Page } from 'playwright-core';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, newEmail, type TestPage } from '../src/campaign-world';
import { launchChromium, screenshotPath } from '../src/chromium';
import { PetitionSite } from '../src/petition-site';
import { StockReader, type Body } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

/** One request of the browser to the gateway; a preflight is one too. */
interface Sent {
  method: string;
  url: URL;
  body: Body | null;
}

describe('a petition on a page of another origin, as the widget puts it there', () => {
  let fleet: TestFleet;
  let site: PetitionSite;
  let browser: Browser;
  let page: Page;
  let petition: TestPage;
  let confirmed: TestPage;
  let crm: StockReader;
  let confirms: StockReader;
  const sent: Sent[] = [];
  const allowances: { status: number; headers: Record<string, string> }[] = [];
  const troubles: string[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await Promise.all([fleet.start(), launchChromium().then((launched) => (browser = launched))]);
    site = await PetitionSite.start(`${fleet.gatewayUrl}/api`);
    const org = await anOrg(fleet, { processing: { customSupporterConfirm: true } });
    petition = await aPage(org, await aCampaign(org, { supporterConfirm: false }));
    confirmed = await aPage(org, await aCampaign(org));
    const login = await fleet.crmLogin(org.id);
    crm = StockReader.start(login, `${org.name}.crm`, org.keys);
    confirms = StockReader.start(login, `${org.name}.confirm`, org.keys);
    page = await browser.newPage();
    page.setDefaultTimeout(5_000);
    await watch();
  });
  afterAll(async () => {
    crm?.stop();
    confirms?.stop();
    await browser?.close();
    await site?.stop();
    await fleet.stop();
  });

  /** Only the browser's own protocol shows preflights. */
  const watch = async (): Promise<void> => {
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // The page left before it had read the whole body: that of a 401, which the widget never reads.
      if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${reason}`);
    });
    const protocol = await page.context().newCDPSession(page);
    await protocol.send('Network.enable');
    protocol.on('Network.requestWillBeSent', ({ request: { method, url, postData } }) => {
      if (!url.startsWith(`${fleet.gatewayUrl}/api`)) return;
      sent.push({ method, url: new URL(url), body: postData ? (JSON.parse(postData) as Body) : null });
    });
    protocol.on('Network.responseReceived', ({ type, response: { status, headers } }) => {
      if (type === 'Preflight') allowances.push({ status, headers });
    });
  };

  const open = async ({ id }: { id: number }, query = ''): Promise<void> => {
    await page.goto(`${site.address(id)}${query}`);
    await page.getByText('have signed').waitFor();
  };
  const text = (selector: string): Promise<string> => page.locator(selector).innerText();
  const fill = async (fields: Record<string, string>): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  };
  /** Presses a button, and what the page says then. */
  const press = async (name: string): Promise<string> => {
    await page.getByRole('button', { name, exact: true }).click();
    return waitFor(() => text('#said'));
  };
  const picture = async (name: string): Promise<void> => {
    await page.screenshot({ path: screenshotPath(name), fullPage: true });
  };
  /** The texts beside form fields, by the field's name; '' is beside none. */
  const notes = (): Promise<string[][]> =>
    page.evaluate(
      `[...document.querySelectorAll('[data-note]')].map((n) => [n.previousElementSibling.name ?? '', n.textContent])`,
    );
  const reference = (): Promise<string> => page.evaluate('petition.reference()');
  const acted = (actionType: string) => (message: Body) => message['action'].actionType === actionType;
  const someone = (): Record<string, string> => ({ 'First name': 'Harald', 'Last name': 'Bower', Email: newEmail() });

  it('shows the count by a bare GET, for which the browser asks no leave', async () => {
    await open(petition, '?utm_source=mail&utm_medium=news&secret=1');
    expect(await text('#count')).toBe('0 have signed');
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
    expect(Object.fromEntries(sent[0]!.url.searchParams)).toEqual({
      query: 'query getCount($actionPage: Int!){actionPage(id:$actionPage) { campaign { stats { supporterCount } }}}',
      variables: `{"actionPage":${petition.id}}`,
    });
  });

  /** The location is without the parameters of the address: the browser names them to the gateway too. */
  const tracked = () => ({
    ...{ source: 'mail', medium: 'news', campaign: 'unknown', content: '' },
    location: site.address(petition.id),
  });
  let shared: string;

  it('shares before anybody signed, under a reference made in the browser', async () => {
    sent.length = 0;
    const said = await press('Share');
    shared = /^Shared as ([\w-]{22})$/.exec(said)?.[1] ?? said;
    expect(shared).toBe(await reference());
    expect(sent.map(({ method }) => method).sort()).toEqual(['OPTIONS', 'POST']);
    expect(new Set(sent.map(({ url }) => url.search))).toEqual(new Set([`?id=${petition.id}`]));
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      query: expect.stringMatching(/^mutation addAction /),
      operationName: 'addAction',
      variables: {
        actionPage: petition.id,
        actionType: 'share',
        payload: '{"medium":"link"}',
        contact: shared,
        tracking: { source: 'mail', medium: 'news', campaign: '', location: site.address(petition.id) },
      },
    });
    const headers = Object.fromEntries(
      Object.entries(allowances[0]!.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(allowances).toHaveLength(1);
    expect(allowances[0]!.status).toBe(204);
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-max-age': '1728000' });
  });

  it('shows what is wrong beside the field it is about', async () => {
    await fill({ 'First name': '<SCRIPT>', Email: 'nobody', Postcode: '0'.repeat(11), Country: 'POL' });
    expect(await press('Sign')).toBe('Not sent');
    const wrong = [
      ['firstName', 'has invalid format'],
      ['email', 'has invalid format'],
    ];
    expect(await notes()).toEqual(expect.arrayContaining(wrong));
    expect((await notes()).map(([name]) => name).sort()).toEqual(['country', 'email', 'firstName', 'postcode']);
    await picture('petition-refused');
    await fill({ 'First name': 'a'.repeat(6000), Email: newEmail(), Postcode: '', Country: '' });
    expect(await press('Sign')).toBe('Not sent');
    expect(await notes()).toEqual([['firstName', 'should be at most 64 character(s)']]);
  });

  let signer: string;

  it('signs, and ORG.crm has the signature, with the share linked to it', async () => {
    sent.length = 0;
    await fill({ ...someone(), Street: '', Comment: 'please' });
    expect(await press('Sign')).toBe('Thank you, Harald');
    expect(await notes()).toEqual([]);
    await picture('petition-signed');
    // The leave that was given for the share still holds.
    expect(sent.map(({ method }) => method)).toEqual(['POST']);
    expect(sent[0]!.body!['variables']).toMatchObject({
      action: { actionType: 'register', customFields: '{"comment":"please"}' },
      contact: { phone: '', address: { country: '', postcode: '', street: '' } },
      privacy: {},
      contactRef: shared,
    });
    signer = await reference();
    expect(signer).toMatch(/^[\w-]{43}$/);
    const signature = await crm.find(acted('register'));
    expect(signature).toMatchObject({
      actionPageId: petition.id,
      stage: 'deliver',
      action: { customFields: { comment: 'please' }, testing: false },
      contact: { firstName: 'Harald', lastName: 'Bower', contactRef: signer, dupeRank: 0 },
      privacy: { optIn: null, withConsent: true },
      tracking: tracked(),
    });
    // What was left empty is not there at all.
    for (const key of ['country', 'postcode', 'phone', 'address']) expect(signature['contact']).not.toHaveProperty(key);
    expect(await crm.find(acted('share'))).toMatchObject({
      action: { customFields: { medium: 'link' } },
      contact: { firstName: 'Harald', contactRef: signer },
      privacy: { withConsent: false },
      tracking: tracked(),
    });
  });

  it('shares as the signer afterwards, without naming the operation', async () => {
    const answer = await page.evaluate(`petition.act('share_click', { medium: 'mail' }, { operationName: '' })`);
    expect(answer).toEqual({ data: { addAction: { contactRef: signer } } });
    expect(sent.at(-1)!.body).toMatchObject({ operationName: '', variables: { contact: signer } });
    expect(await crm.find(acted('share_click'))).toMatchObject({ contact: { contactRef: signer } });
  });

  it.each([
    ['yearly', 'YEARLY', 'yearly'],
    ['daily', 'DAY', 'daily'],
  ])('donates %s', async (frequency, unit, told) => {
    await fill({ 'Name of giver': 'Ada', 'Email of giver': newEmail(), Amount: '7', Frequency: frequency });
    expect(await press('Donate')).toBe('Thank you for your gift, Ada');
    expect(sent.at(-1)!.body!['variables'].action).toMatchObject({
      actionType: 'donate',
      donation: { amount: 700, frequencyUnit: unit, payload: expect.any(String) },
    });
    const given = await crm.find(({ action }) => action.donation?.frequencyUnit === told);
    expect(given).toMatchObject({
      action: {
        actionType: 'donate',
        customFields: {},
        donation: { amount: 700, currency: 'EUR', payload: { provider: 'sepa', iban: 'DE02' } },
      },
      contact: { firstName: 'Ada' },
    });
    await picture(`petition-donated-${frequency}`);
  });

  it('counts every signer and giver once', async () => {
    await waitFor(async () => {
      await open(petition);
      return (await text('#count')) === '3 have signed';
    });
  });

  it('reads why it was refused, whatever the status', async () => {
    const post = (variables: string, options = '{}') =>
      page.evaluate(
        `petition.post('addActionContact', { actionPage: ${petition.id}, action: { actionType: 'register' }, privacy: {}, ${variables} }, ${options})`,
      );
    const argument = await post(`contact: { firstName: 'Ada', email: 'ada@example.org', birthDate: '' }`);
    expect(argument).toEqual({ errors: [expect.objectContaining({ message: expect.stringContaining('birthDate') })] });
    const stranger = await post(`contact: {}`, `{ authorization: 'Basic bm9ib2R5Om5vdGhpbmc=' }`);
    expect(stranger).toEqual({ errors: [{ message: 'Unauthorized', status: 401 }] });
    // The published widget sends a list here; no server has ever taken it.
    const list = await page.evaluate(`petition.act('email_click', ['ada@example.org'])`);
    expect(list).toEqual({
      errors: [expect.objectContaining({ message: expect.stringContaining('must hold an object') })],
    });
    const byGet = `${fleet.gatewayUrl}/api?query=${encodeURIComponent('mutation { resetApiToken }')}`;
    expect(await page.evaluate(`fetch('${byGet}').then(async (got) => [got.status, await got.json()])`)).toEqual([
      405,
      { errors: [{ message: 'Can only perform a mutation from a POST request' }] },
    ]);
  });

  it('learns that its action page is unknown', async () => {
    await open({ id: 2_000_000_000 });
    expect(await text('#count')).toBe('null have signed');
    await fill(someone());
    expect(await press('Sign')).toBe('Not sent');
    expect(await notes()).toEqual([['', ' Cannot find Action Page with id=2000000000']]);
    expect(await press('Share')).toBe('Not shared');
  });

  it('is where the confirm link leads to, and sees what was confirmed', async () => {
    await open(confirmed, '?utm_source=mail');
    await fill(someone());
    expect(await press('Sign')).toBe('Thank you, Harald');
    const asked = await confirms.find(acted('register'));
    const link = `${asked['actionId']}/accept/${await reference()}`;
    const redir = encodeURIComponent(asked['tracking'].location);
    await page.goto(`${fleet.gatewayUrl}/link/s/${link}?doi=1&redir=${redir}`);
    expect(page.url()).toBe(`${site.address(confirmed.id)}?proca_confirm=accept&proca_doi=1`);
    await page.getByText('You are subscribed').waitFor();
    expect(await text('#said')).toBe('Your signature is confirmed');
    await picture('petition-confirmed');
    const delivered = await crm.find(({ actionId }) => actionId === asked['actionId']);
    expect(delivered).toMatchObject({ stage: 'deliver', privacy: { emailStatus: 'double_opt_in', withConsent: true } });
    await page.goto(`${fleet.gatewayUrl}/link/d/${link.replace('accept/', '')}`);
    expect(page.url()).toBe(`${site.address(confirmed.id)}?proca_doi=1`);
  });

  it('asked for leave once for each address, and met nothing the browser forbids', () => {
    expect(allowances).toHaveLength(3);
    expect(troubles.filter((trouble) => !/status of (401|405)/.test(trouble))).toEqual([]);
  });
});
