import { aCampaign, anOrg, aPage } from '@groundswell/submissions';
import type { SeenLocation } from './link-state.read-model';
import { confirmsByFollowing, RedirectHosts } from './redirect-hosts';

function someHosts(seen: SeenLocation[] = []) {
  let questions = 0;
  const pages = [
    aPage(),
    aPage({ id: 6, name: 'greenorg/bees', orgId: 9 }),
    aPage({ id: 8, name: 'Wasps.org/a', campaignId: 4 }),
  ];
  const orgs = [
    anOrg({ config: { links: { redirectHosts: ['Thanks.green.org', 5] } } }),
    anOrg({ id: 8, config: { links: { redirectHosts: ['lead.org'] } } }),
    anOrg({ id: 9, config: { links: { redirectHosts: ['partner.org'] } } }),
  ];
  const by = <Row extends { id: number }>(rows: Row[]) => ({ get: (id: number) => rows.find((row) => row.id === id) });
  const hosts = new RedirectHosts(
    {
      pages: by(pages),
      campaigns: by([aCampaign({ orgId: 8 }), aCampaign({ id: 4 })]),
      orgs: by(orgs),
      pagesOfCampaign: (id: number) => pages.filter(({ campaignId }) => campaignId === id),
    } as never,
    {
      locationsOf: () => {
        questions += 1;
        return Promise.resolve(new Map([[6, seen]]));
      },
    },
  );
  return { hosts, questions: () => questions };
}

it.each([
  ['https://act.green.org/anything?x=1', true],
  ['http://ACT.green.org:8080/', true],
  ['https://thanks.green.org/', true],
  ['https://lead.org/', true],
  ['https://partner.org/', false],
  ['https://wasps.org/', false],
  ['https://green.org/', false],
  ['https://act.green.org.evil.org/', false],
  ['https://act.green.org@evil.org/', false],
  ['https://greenorg/', false],
  ['javascript:alert(1)', false],
  ['/local', false],
])('of a page on act.green.org to %s: %s', async (url, expected) => {
  expect(await someHosts().hosts.mayRedirect(5, url)).toBe(expected);
});

it('takes a host where pages of the campaign are really seen, not one that a few actions claim', async () => {
  const { hosts } = someHosts([
    { location: 'https://real.org/a', actions: 150 },
    { location: 'https://real.org/b', actions: 46 },
    { location: 'https://evil.org/', actions: 4 },
  ]);
  expect(await hosts.mayRedirect(5, 'https://real.org/thanks')).toBe(true);
  expect(await hosts.mayRedirect(5, 'https://evil.org/thanks')).toBe(false);
});

it('asks the database only when names and lists do not have the host', async () => {
  const { hosts, questions } = someHosts();
  await hosts.mayRedirect(5, 'https://act.green.org/');
  expect(questions()).toBe(0);
  await hosts.mayRedirect(5, 'https://other.org/');
  expect(questions()).toBe(1);
  expect(await hosts.mayRedirect(99, 'https://act.green.org/')).toBe(false);
});

it.each([
  [{}, true],
  [{ links: { autoConfirm: true } }, true],
  [{ links: { autoConfirm: false } }, false],
  [{ links: null }, true],
  [{ links: 'x' }, true],
])('config %j confirms by following: %s', (config, expected) => {
  expect(confirmsByFollowing(anOrg({ config }))).toBe(expected);
  expect(confirmsByFollowing(undefined)).toBe(true);
});
