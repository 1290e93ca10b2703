import { camelCaseVariables, type Variables } from '@groundswell/domain';
import type { CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import { fileNames } from '../templates/attachments';
import type { TargetMailContent } from './target-mail';

/** Counters of a campaign as one mail sees them. */
export interface TargetMailStats {
  supporterCount: number;
  /** Of the page's org, and of the supporter's area. */
  supporterCountByOrg: number;
  supporterCountByArea: number;
  actionCount: Record<string, number>;
}

export interface TargetMailFacts {
  content: TargetMailContent;
  actionId: number;
  /** Null where it is gone meanwhile. */
  page: CataloguePage | undefined;
  pageOrg: CatalogueOrg | undefined;
  campaign: CatalogueCampaign | undefined;
  stats: TargetMailStats;
}

/** What supporters may use in what they write. */
export const targetOf = ({ target }: Pick<TargetMailContent, 'target'>): Variables =>
  camelCaseVariables({
    name: target.name,
    externalId: target.externalId,
    area: target.area,
    locale: target.locale,
    fields: target.fields,
  });

/** What templates of mails to targets see (email-and-mtt.md §2.4), besides `subject` and `body`. */
export function targetVariables({ content, actionId, page, pageOrg, campaign, stats }: TargetMailFacts): Variables {
  const { supporter, files, testing } = content;
  return {
    ...camelCaseVariables({
      firstName: supporter.firstName,
      lastName: supporter.lastName,
      email: supporter.email,
      area: supporter.area,
      isDupe: false,
      actionId,
      actionPage: { id: page?.id ?? null, name: page?.name ?? null, locale: page?.locale ?? null },
      org: {
        id: pageOrg?.id ?? null,
        name: pageOrg?.name ?? null,
        title: pageOrg?.title ?? null,
        config: pageOrg?.config ?? {},
      },
      campaign: { name: campaign?.name ?? null, title: campaign?.title ?? null, stats },
    }),
    target: targetOf(content),
    files: fileNames(files),
    test: testing,
  };
}
