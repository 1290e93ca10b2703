import type { Catalogue, CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { emitSystemEvent } from '../system-events/system-event';

export interface Launch {
  pages: CataloguePage[];
  /** Owner of the pages. */
  org: CatalogueOrg;
  campaign: CatalogueCampaign;
  /** Of who asked for it. */
  email: string;
}

/** Makes pages live; a partner's launch is told to the lead. Ids of those that were not live before. */
export async function launchPages(
  manager: EntityManager,
  effects: WriteEffects,
  catalogue: Pick<Catalogue, 'templatesOfOrg'>,
  { pages, org, campaign, email }: Launch,
): Promise<number[]> {
  const [rows]: [{ id: number }[], number] = await manager.query(
    `update catalog.action_pages set live = true, updated_at = now()
      where id = any($1::bigint[]) and not live and deleted_at is null returning id`,
    [pages.map(({ id }) => id)],
  );
  const launched = new Set(rows.map(({ id }) => id));
  const page = pages.find(({ id }) => launched.has(id));
  if (page && campaign.orgId !== null && campaign.orgId !== org.id) {
    emitSystemEvent(effects, campaign.orgId, 'join_campaign', { email, org, campaign, page }, catalogue);
  }
  return [...launched];
}
