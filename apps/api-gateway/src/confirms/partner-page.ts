import { checkPageName } from '@groundswell/domain';
import type { CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { InputError } from '../api/api-error';
import { ConfirmationSettingsReadModel } from '../catalogue-writing/confirmation-settings.read-model';
import { refuseUnfinishable } from '../catalogue-writing/refuse-unfinishable';
import { PageRepository } from '../pages/page.repository';

/** More copies of one page in one org than anybody needs. */
const mostCopies = 10_000;

/** A page of the partner's own after another: config, delivery, locale and campaign are the source's; not live. Answers
 *  its id. Runs under the catalogue's lock, so the name found free stays free. */
export async function insertPartnerPage(
  manager: EntityManager,
  source: CataloguePage,
  partner: CatalogueOrg,
): Promise<number> {
  const { config, delivery, locale, campaignId } = source;
  const name = await freeName(manager, `${partner.name}/${pathOf(source.name)}`);
  const problem = checkPageName(name);
  if (problem) throw InputError.at(['name'], problem);
  const settings = new ConfirmationSettingsReadModel(manager);
  return refuseUnfinishable(
    () => settings.ofCampaign(campaignId),
    () => new PageRepository(manager).insert({ name, config, delivery, locale, campaignId, orgId: partner.id }),
  );
}

/** `act.org/petition/en` is `petition/en` of whoever. */
const pathOf = (pageName: string): string => pageName.slice(pageName.indexOf('/') + 1);

/** Names of pages marked as deleted are taken too. */
async function freeName(manager: EntityManager, wanted: string): Promise<string> {
  const rows: { name: string }[] = await manager.query(
    `select candidate.name
       from generate_series(0, ${mostCopies}) as copy (number)
      cross join lateral (select $1::text || case copy.number when 0 then '' else '-' || copy.number end as name) candidate
      where not exists (select from catalog.action_pages p where p.name = candidate.name::citext)
      order by copy.number limit 1`,
    [wanted],
  );
  return rows[0]?.name ?? wanted;
}
