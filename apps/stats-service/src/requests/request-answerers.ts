import type { StatsServiceRequestV1 } from '@groundswell/contracts';
import type { RequestAnswerers } from '@groundswell/service';
import { RecountRunRepository } from '../reconciling/recount-run.repository';
import type { ReportRequests } from '../reports/report-requests';

export type StatsAnswerers = RequestAnswerers<StatsServiceRequestV1>;

/** One for each kind of request. */
export const answerersFor = ({ reports }: { reports: ReportRequests }): StatsAnswerers => ({
  request_report: (manager, asked) => reports.request(manager, asked),
  cancel_report: (manager, asked) => reports.cancel(manager, asked),
  recount: async (manager) => ({ runId: await new RecountRunRepository(manager).add() }),
});
