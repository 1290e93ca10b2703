import type { Database } from '@groundswell/persistence';
import type { Cell, Report } from '../report';
import { PageActivityReadModel } from './page-activity.read-model';
import type { ReportSource } from './report-source';

const columns = ['month', 'campaign', 'actions', 'supporters', 'mailsSent', 'mailsDelivered', 'mailsFailed'] as const;
const counted = ['actions', 'supporters', 'mailsSent', 'mailsDelivered', 'mailsFailed'] as const;

type Use = Record<(typeof counted)[number], number>;

/** Rows of mail looked at by one statement, of all orgs. */
const mailsPerRead = 50_000;

const mailPartEndSql = `
select max(id)::int8 as id
  from (select id from mail.delivery_states where id > $1 order by id limit ${mailsPerRead}) part`;

const mailPartSql = `
select to_char(d.created_at at time zone $6, 'YYYY-MM') as month, d.campaign_id as "campaignId",
       (count(*) filter (where d.state = 'sent'))::int as "mailsSent",
       (count(*) filter (where d.delivered_at is not null))::int as "mailsDelivered",
       (count(*) filter (where d.state = 'failed'))::int as "mailsFailed"
  from mail.delivery_states d
 where d.id > $1 and d.id <= $2 and d.org_id = $3 and ($4::bigint is null or d.campaign_id = $4)
   and d.created_at >= coalesce($5::timestamptz, '-infinity') and d.created_at < coalesce($7::timestamptz, 'infinity')
 group by 1, 2`;

/** What the org used each month of the zone: actions on its own pages, and mail sent for it. Mail of no campaign is in a row of its own. */
export const usageSource: ReportSource = (report, { database, catalogue }) => ({
  columns,
  pages: (async function* () {
    const sums = new MonthlySums();
    const activity = new PageActivityReadModel(database);
    const own = catalogue.pagesOfOrg(report.orgId);
    for (const page of own.filter(({ campaignId }) => report.campaignId === null || campaignId === report.campaignId)) {
      for await (const days of activity.days({ ...report, pageId: page.id })) {
        for (const { day, actions, supporters } of days) {
          sums.add(day.slice(0, 7), page.campaignId, { actions, supporters });
        }
        yield [];
      }
    }
    for await (const part of mails(database, report)) {
      for (const { month, campaignId, ...use } of part) sums.add(month, campaignId, use);
      yield [];
    }
    yield sums.rows((id) => catalogue.campaigns.get(id)?.name ?? null);
  })(),
});

interface MonthOfMail extends Omit<Use, 'actions' | 'supporters'> {
  month: string;
  campaignId: number | null;
}

async function* mails(database: Database, report: Report): AsyncGenerator<MonthOfMail[]> {
  const { orgId, campaignId, from, to, timeZone } = report;
  for (let after = 0; ;) {
    const [end] = await database.query<{ id: number | null }>(mailPartEndSql, [after]);
    const last = end?.id ?? null;
    if (last === null) return;
    yield await database.query<MonthOfMail>(mailPartSql, [after, last, orgId, campaignId, from, timeZone, to]);
    after = last;
  }
}

class MonthlySums {
  private readonly sums = new Map<string, { month: string; campaignId: number | null; use: Use }>();

  add(month: string, campaignId: number | null, more: Partial<Use>): void {
    const key = `${month} ${campaignId ?? ''}`;
    const sum = this.sums.get(key) ?? {
      ...{ month, campaignId },
      use: { actions: 0, supporters: 0, mailsSent: 0, mailsDelivered: 0, mailsFailed: 0 },
    };
    for (const field of counted) sum.use[field] += more[field] ?? 0;
    this.sums.set(key, sum);
  }

  rows(nameOf: (campaignId: number) => string | null): Cell[][] {
    const sorted = [...this.sums.values()].sort(
      (a, b) => a.month.localeCompare(b.month) || (a.campaignId ?? 0) - (b.campaignId ?? 0),
    );
    return sorted.map(({ month, campaignId, use }) => [
      ...[month, campaignId === null ? null : nameOf(campaignId)],
      ...counted.map((field) => use[field]),
    ]);
  }
}
