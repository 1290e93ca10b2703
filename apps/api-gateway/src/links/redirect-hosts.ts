import type { Catalogue, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { LinkStateReadModel, SeenLocation } from './link-state.read-model';

type Rows = Pick<Catalogue, 'pages' | 'campaigns' | 'orgs' | 'pagesOfCampaign'>;

/** A host counts as one of a page's when at least this part of its latest located actions came from there: anybody can
 *  send one action with any referer, and must not turn our links into redirects to wherever they like. */
const leastShare = 0.05;

/** First segment of a page name that is a dotted host: `act.example.org/petition`. */
const hostOfPageName = /^([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)\//;

/** To which hosts a link may redirect (processing.md §5.9): those of the campaign's pages, by their names or by where
 *  they were seen, and those an org of the campaign lists in `config.links.redirectHosts`. */
export class RedirectHosts {
  constructor(
    private readonly catalogue: Rows,
    private readonly readModel: Pick<LinkStateReadModel, 'locationsOf'>,
  ) {}

  /** Asks the database only for a host that neither a page's name nor an org's list has. */
  async mayRedirect(pageId: number, url: string): Promise<boolean> {
    const host = hostOf(url);
    const page = this.catalogue.pages.get(pageId);
    if (host === null || !page) return false;
    const pages = this.catalogue.pagesOfCampaign(page.campaignId);
    if (this.listedHosts(page).has(host) || pages.some(({ name }) => hostOfPage(name) === host)) return true;
    const locations = await this.readModel.locationsOf(pages.map(({ id }) => id));
    return [...locations.values()].some((seen) => isAtHome(host, seen));
  }

  private listedHosts(page: CataloguePage): Set<string> {
    const leadId = this.catalogue.campaigns.get(page.campaignId)?.orgId ?? null;
    const orgs = [this.catalogue.orgs.get(page.orgId), leadId === null ? undefined : this.catalogue.orgs.get(leadId)];
    return new Set(orgs.flatMap((org) => (org ? redirectHostsOf(org) : [])));
  }
}

function isAtHome(host: string, seen: SeenLocation[]): boolean {
  const all = seen.reduce((sum, { actions }) => sum + actions, 0);
  const there = seen.reduce((sum, { location, actions }) => (hostOf(location) === host ? sum + actions : sum), 0);
  return there > 0 && there >= all * leastShare;
}

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).hostname || null : null);

const hostOfPage = (name: string): string | null => hostOfPageName.exec(name)?.[1]?.toLowerCase() ?? null;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const linksOf = (org: CatalogueOrg): Record<string, unknown> => {
  const links = org.config['links'];
  return isObject(links) ? links : {};
};

function redirectHostsOf(org: CatalogueOrg): string[] {
  const hosts = linksOf(org)['redirectHosts'];
  return Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string').map((host) => host.toLowerCase()) : [];
}

/** Whether following the link is enough; false: mail scanners follow links too, so a button must be pressed. */
export const confirmsByFollowing = (org: CatalogueOrg | undefined): boolean =>
  !org || linksOf(org)['autoConfirm'] !== false;
