import type { Cell, Report } from '../report';
import { ZonedTimes } from '../zoned-time';
import type { ReportSource } from './report-source';

interface TargetDelivery {
  id: string;
  campaignId: number;
  externalId: string;
  name: string;
  locale: string | null;
  area: string | null;
  counts: Record<(typeof counted)[number], number>;
  firstSentAt: Date | null;
  lastSentAt: Date | null;
}

const counted = [
  ...(['waiting', 'sending', 'sent', 'failed', 'cancelled', 'unknown', 'duplicates', 'delivered'] as const),
  ...(['opened', 'clicked', 'softBounced'] as const),
] as const;

const columns = [
  ...['campaign', 'targetId', 'externalId', 'name', 'locale', 'area', ...counted, 'firstSentAt', 'lastSentAt'],
] as const;

/** Targets looked at by one statement. */
const targetsPerRead = 50;

const isFirst = 'm.dupe_rank = 0';
const inState = (state: string): string => `count(*) filter (where ${isFirst} and m.state = '${state}')`;
const flagged = (column: string): string => `count(*) filter (where m.${column})`;

const sql = `
select t.id, t.campaign_id as "campaignId", t.external_id as "externalId", t.name, t.locale, t.area, m.counts,
       m.first_sent_at as "firstSentAt", m.last_sent_at as "lastSentAt"
  from (select * from catalog.targets where campaign_id = any($1::bigint[]) and id > $2 order by id limit ${targetsPerRead}) t
 cross join lateral (
   select json_build_object('waiting', ${inState('pending')}, 'sending', ${inState('sending')}, 'sent', ${inState('sent')},
            'failed', ${inState('failed')}, 'cancelled', count(*) filter (where m.state = 'cancelled'),
            'unknown', ${inState('unknown')},
            'duplicates', count(*) filter (where m.dupe_rank > 0 and m.state <> 'cancelled'),
            'delivered', ${flagged('delivered')}, 'opened', ${flagged('opened')}, 'clicked', ${flagged('clicked')},
            'softBounced', ${flagged('soft_bounced')}) as counts,
          min(m.sent_at) as first_sent_at, max(m.sent_at) as last_sent_at
     from mtt.message_states m
    where m.target_id = t.id and not m.testing
      and ($3::timestamptz is null or m.accepted_at >= $3) and ($4::timestamptz is null or m.accepted_at < $4)) m
 order by t.id`;

const beforeAll = '00000000-0000-0000-0000-000000000000';

/** What became of the mail to each target of the campaigns the org leads; names no supporter. */
export const mttDeliverySource: ReportSource = (report, { database, catalogue }) => ({
  columns,
  pages: (async function* () {
    const led = catalogue.campaignsLedBy(report.orgId).map(({ id }) => id);
    const campaignIds = report.campaignId === null ? led : led.filter((id) => id === report.campaignId);
    for (let after = beforeAll; ;) {
      const rows = await database.query<TargetDelivery>(sql, [campaignIds, after, report.from, report.to]);
      const last = rows.at(-1);
      if (!last) return;
      yield rows.map((row) => cellsOf(row, report, catalogue.campaigns.get(row.campaignId)?.name ?? null));
      after = last.id;
    }
  })(),
});

function cellsOf(row: TargetDelivery, { timeZone }: Report, campaign: string | null): Cell[] {
  const times = new ZonedTimes(timeZone);
  const shown = (at: Date | null): string | null => at && times.show(at);
  return [
    ...[campaign, row.id, row.externalId, row.name, row.locale, row.area],
    ...counted.map((field) => row.counts[field]),
    ...[shown(row.firstSentAt), shown(row.lastSentAt)],
  ];
}
