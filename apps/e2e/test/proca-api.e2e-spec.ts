import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DocumentNode } from 'graphql';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, newEmail, unique, type TestOrg } from '../src/campaign-world';
import { StockReader } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

type Documents = Record<string, DocumentNode>;
interface ProcaApi {
  widget: Documents;
  admin: Documents;
  httpLink(url: string, auth: object, options: { wsUrl: string }): object;
  tokenAuth(credentials: { token: string }): object;
  request<Data>(link: object, document: DocumentNode, variables: object): Promise<Answer<Data>>;
}
interface Answer<Data> {
  data?: Data;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[];
}
interface Reference {
  contactRef: string;
  firstName: string | null;
}

/** The package as it is published; it is CommonJS and brings its own Apollo link. */
const api = createRequire(import.meta.url)('@proca/api') as ProcaApi;

describe('@proca/api 2.3.4 talks to the fleet as to the server it was made for', () => {
  let fleet: TestFleet;
  let org: TestOrg;
  let campaign: { id: number; name: string };
  let page: { id: number };
  let pageName: string;
  let link: object;
  const watchers: ChildProcess[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    org = await anOrg(fleet);
    campaign = await aCampaign(org, { externalId: 12, title: 'Rivers' });
    pageName = `${org.name}/${unique('page')}`;
    page = await aPage(org, campaign, { name: pageName, config: '{"color":"blue"}' });
    link = linkWith({});
  });
  afterAll(async () => {
    for (const watcher of watchers) watcher.kill('SIGKILL');
    await fleet.stop();
  });

  /** Without a whole address for the socket, it asks for a TypeError that Jest's own TypeError is not. */
  const linkWith = (auth: object): object =>
    api.httpLink(fleet.gatewayUrl, auth, { wsUrl: `${fleet.gatewayUrl.replace(/^http/, 'ws')}/socket` });

  const ask = async <Data>(document: string, variables: object): Promise<Data> => {
    const { data, errors } = await api.request<Data>(link, api.widget[document]!, variables);
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data;
  };

  it('GetActionPage by id and by name', async () => {
    const byId = await ask('GetActionPageDocument', { id: page.id });
    expect(byId).toEqual({
      actionPage: {
        ...{ id: page.id, name: pageName, locale: 'en', journey: ['Petition', 'Share'], config: '{"color":"blue"}' },
        org: { name: org.name, title: `Org ${org.name}` },
        campaign: {
          ...{ id: campaign.id, name: campaign.name, title: 'Rivers', externalId: 12 },
          stats: { supporterCount: 0, actionCount: [] },
          org: { name: org.name, title: `Org ${org.name}` },
        },
      },
    });
    expect(await ask('GetActionPageDocument', { name: pageName })).toEqual(byId);
  });

  it('AddActionContact, AddAction with the reference it answers, GetStats', async () => {
    const crm = StockReader.start(await fleet.crmLogin(org.id), `${org.name}.crm`, org.keys);
    try {
      const { addActionContact } = await ask<{ addActionContact: Reference }>('AddActionContactDocument', {
        id: page.id,
        actionType: 'register',
        contact: { firstName: 'Ada', email: newEmail(), address: { country: 'DE', postcode: '10115' } },
        fields: [
          { key: 'bar', value: '456' },
          { key: 'bar', value: '987' },
        ],
        privacy: { optIn: true },
        tracking: { source: 'api', medium: 'test', campaign: 'e2e' },
      });
      expect(addActionContact).toEqual({ contactRef: expect.stringMatching(/^[\w-]{43}$/), firstName: 'Ada' });
      const { contactRef } = addActionContact;
      expect(await ask('AddActionDocument', { id: page.id, contactRef, actionType: 'share' })).toEqual({
        addAction: { contactRef, firstName: null },
      });
      const registered = await crm.find((message) => message['action'].actionType === 'register');
      expect(registered).toMatchObject({ action: { customFields: { bar: ['987', '456'] } }, contact: { contactRef } });
      const shared = await crm.find((message) => message['action'].actionType === 'share');
      expect(shared).toMatchObject({ contact: { contactRef }, privacy: { withConsent: false } });
    } finally {
      crm.stop();
    }
    const stats = { supporterCount: 1, actionCount: expect.arrayContaining([{ actionType: 'share', count: 1 }]) };
    await waitFor(async () => {
      const { actionPage } = await ask<{ actionPage: { campaign: { stats: { actionCount: object[] } } } }>(
        'GetStatsDocument',
        { id: page.id },
      );
      return actionPage.campaign.stats.actionCount.length === 2;
    });
    expect(await ask('GetStatsDocument', { name: pageName })).toEqual({ actionPage: { campaign: { stats } } });
  });

  it('reads the error of a form field where it expects it', async () => {
    const { errors } = await api.request(link, api.widget['AddActionContactDocument']!, {
      id: page.id,
      actionType: 'register',
      contact: { firstName: '<SCRIPT>', email: newEmail() },
      privacy: { optIn: true },
    });
    expect(errors).toMatchObject([{ message: 'has invalid format', path: ['addActionContact', 'firstName'] }]);
  });

  it('gets a 401 as an error with status and parsed body', async () => {
    const stranger = linkWith(api.tokenAuth({ token: 'API-nobody' }));
    const refused = api.request(stranger, api.admin['ListKeysDocument']!, { org: org.name });
    await expect(refused).rejects.toMatchObject({
      statusCode: 401,
      result: { data: null, errors: [{ extensions: { code: 'unauthorized' } }] },
    });
  });

  interface Upserted {
    page?: { id: number; locale: string; config: string };
    error?: string;
  }

  const watch = (...orgName: string[]): Upserted[] => {
    const seen: Upserted[] = [];
    const program = join('apps', 'e2e', 'src', 'stock-watcher.mjs');
    const child = spawn(process.execPath, [program, fleet.gatewayUrl, ...orgName], {
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    watchers.push(child);
    createInterface({ input: child.stdout }).on('line', (line) => seen.push(JSON.parse(line) as Upserted));
    return seen;
  };

  it('client fact 12: is told over its Phoenix socket of every page that changes', async () => {
    const [all, ours, others] = [watch(), watch(org.name), watch((await anOrg(fleet, { withKey: false })).name)];
    const update = (locale: string) =>
      org.owner.data(
        'mutation ($id: Int!, $locale: String!) { updateActionPage(id: $id, input: { locale: $locale }) { id } }',
        {
          id: page.id,
          locale,
        },
      );
    const locales = ['de', 'fr'];
    // When a subscription begins is not told, so changes go on until both have seen one.
    await waitFor(async () => {
      await update(locales.reverse()[0]!);
      return all.length > 0 && ours.length > 0;
    });
    for (const seen of [all, ours]) {
      expect(seen[0]).toMatchObject({ page: { id: page.id, name: pageName, org: { title: `Org ${org.name}` } } });
    }
    expect(others).toEqual([]);
  });
});
