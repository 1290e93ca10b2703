import type { Cell } from '../report';
import { PageActivityReadModel } from './page-activity.read-model';
import type { ReportSource } from './report-source';
import { reportedPages } from './reported-pages';

const columns = [
  ...['day', 'campaign', 'actionPage', 'locale', 'actionType', 'actions', 'supporters', 'optIns', 'waiting'],
  'rejected',
] as const;

/** Actions of each page by day of the zone and type; names nobody. */
export const campaignSummarySource: ReportSource = (report, { database, catalogue }) => ({
  columns,
  pages: (async function* () {
    const model = new PageActivityReadModel(database);
    for (const page of reportedPages(catalogue, report)) {
      const campaign = catalogue.campaigns.get(page.campaignId)?.name ?? null;
      for await (const days of model.days({ ...report, pageId: page.id })) {
        yield days.map((day): Cell[] => [
          ...[day.day, campaign, page.name, page.locale, day.actionType],
          ...[day.actions, day.supporters, day.optIns, day.waiting, day.rejected],
        ]);
      }
    }
  })(),
});
