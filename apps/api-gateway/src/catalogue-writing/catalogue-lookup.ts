import {
  Catalogue,
  DatabaseAwayError,
  type CatalogueCampaign,
  type CatalogueOrg,
  type CataloguePage,
} from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError, unavailable } from '../api/api-error';
import { withinMs } from './within-ms';

const negativeCacheMs = 5_000;
const negativeCacheSize = 10_000;
const retryAfterSeconds = 5;
/** A database that hangs must not hold up who asks for an unknown page: signing answers within 3 s. */
const lookUpLimitMs = 1_500;

export const entityNotFound = (): ApiError => new ApiError('not_found', 'Entity not found');

/**
 * Look-ups in the catalogue as the API means them: what is marked deleted is not there, and a miss asks the database
 * once (design.md §3), so that a row another replica has just made is found. With the database away a miss is no
 * "not found" but `unavailable`.
 */
@Injectable()
export class CatalogueLookup {
  private readonly missingUntil = new Map<string, number>();

  constructor(private readonly catalogue: Catalogue) {}

  findOrg(name: string): Promise<CatalogueOrg | null> {
    return this.find(`org:${name.toLowerCase()}`, () => this.liveOrg(this.catalogue.orgByName(name)));
  }

  findOrgById(id: number): Promise<CatalogueOrg | null> {
    return this.find(`org:#${id}`, () => this.liveOrg(this.catalogue.orgs.get(id)));
  }

  findCampaign(idOrName: number | string): Promise<CatalogueCampaign | null> {
    return this.find(`campaign:${keyOf(idOrName)}`, () =>
      this.liveCampaign(
        typeof idOrName === 'number' ? this.catalogue.campaigns.get(idOrName) : this.catalogue.campaignByName(idOrName),
      ),
    );
  }

  findPage(idOrName: number | string): Promise<CataloguePage | null> {
    return this.find(`page:${keyOf(idOrName)}`, () =>
      this.livePage(
        typeof idOrName === 'number' ? this.catalogue.pages.get(idOrName) : this.catalogue.pageByName(idOrName),
      ),
    );
  }

  async org(name: string): Promise<CatalogueOrg> {
    return orFail(await this.findOrg(name));
  }

  async campaign(idOrName: number | string): Promise<CatalogueCampaign> {
    return orFail(await this.findCampaign(idOrName));
  }

  async page(idOrName: number | string): Promise<CataloguePage> {
    return orFail(await this.findPage(idOrName));
  }

  /** External ids are unique only within an org (graphql-api.md §5.1). */
  async campaignByExternalId(externalId: number): Promise<CatalogueCampaign> {
    const ofThatId = (): CatalogueCampaign[] =>
      this.allCampaigns().filter((campaign) => campaign.externalId === externalId);
    const first = orFail(await this.find(`campaign:external:${externalId}`, () => ofThatId()[0] ?? null));
    if (ofThatId().length > 1) throw new ApiError('bad_arg', 'Campaigns of several orgs have this externalId');
    return first;
  }

  /** Rows the caller has just read or written: no question to the database. */
  orgById(id: number | null): CatalogueOrg {
    return orFail(id === null ? null : this.liveOrg(this.catalogue.orgs.get(id)));
  }

  campaignById(id: number): CatalogueCampaign {
    return orFail(this.liveCampaign(this.catalogue.campaigns.get(id)));
  }

  pageById(id: number): CataloguePage {
    return orFail(this.livePage(this.catalogue.pages.get(id)));
  }

  pagesOfOrg(orgId: number): CataloguePage[] {
    return this.catalogue.pagesOfOrg(orgId).filter((page) => this.livePage(page));
  }

  pagesOfCampaign(campaignId: number): CataloguePage[] {
    return this.catalogue.pagesOfCampaign(campaignId).filter((page) => this.livePage(page));
  }

  /** Campaigns the org leads or has a page in, by id. */
  campaignsOfOrg(orgId: number): CatalogueCampaign[] {
    const ids = new Set(this.catalogue.campaignsLedBy(orgId).map((campaign) => campaign.id));
    for (const page of this.pagesOfOrg(orgId)) ids.add(page.campaignId);
    return [...ids].sort((a, b) => a - b).flatMap((id) => this.liveCampaign(this.catalogue.campaigns.get(id)) ?? []);
  }

  allCampaigns(): CatalogueCampaign[] {
    return [...this.catalogue.campaigns.rows.values()]
      .filter((campaign) => this.liveCampaign(campaign))
      .sort((a, b) => a.id - b.id);
  }

  private liveOrg(org: CatalogueOrg | undefined): CatalogueOrg | null {
    return org && !org.deletedAt ? org : null;
  }

  private liveCampaign(campaign: CatalogueCampaign | undefined): CatalogueCampaign | null {
    return campaign && !campaign.deletedAt ? campaign : null;
  }

  private livePage(page: CataloguePage | undefined): CataloguePage | null {
    if (!page || page.deletedAt) return null;
    const campaign = this.liveCampaign(this.catalogue.campaigns.get(page.campaignId));
    return campaign && this.liveOrg(this.catalogue.orgs.get(page.orgId)) ? page : null;
  }

  private async find<Row>(key: string, read: () => Row | null): Promise<Row | null> {
    const known = read();
    if (known || (this.missingUntil.get(key) ?? 0) > Date.now()) return known;
    await this.refreshInTime();
    const found = read();
    if (!found) this.rememberMissing(key);
    return found;
  }

  private async refreshInTime(): Promise<void> {
    try {
      if ((await withinMs(this.catalogue.refresh(), lookUpLimitMs)) !== 'late') return;
    } catch (error) {
      if (error instanceof DatabaseAwayError) throw unavailable(retryAfterSeconds, error);
      throw error;
    }
    throw unavailable(retryAfterSeconds);
  }

  private rememberMissing(key: string): void {
    if (this.missingUntil.size >= negativeCacheSize) this.missingUntil.clear();
    this.missingUntil.set(key, Date.now() + negativeCacheMs);
  }
}

const keyOf = (idOrName: number | string): string =>
  typeof idOrName === 'number' ? `#${idOrName}` : idOrName.toLowerCase();

function orFail<Row>(row: Row | null): Row {
  if (!row) throw entityNotFound();
  return row;
}
