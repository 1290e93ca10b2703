import { actionStatusCode, supporterStatusCode } from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';

/** Actions of one page of one day and type. */
export interface DayOfPage {
  /** YYYY-MM-DD in the zone asked for. */
  day: string;
  actionType: string;
  /** Counted ones: accepted, and no test. */
  actions: number;
  /** Of these, signatures that are their person's first in the campaign. */
  supporters: number;
  /** Of these, with consent to be contacted by the org. */
  optIns: number;
  /** Not decided yet. */
  waiting: number;
  rejected: number;
}

export interface ActivityScope {
  orgId: number;
  pageId: number;
  from: Date | null;
  to: Date | null;
  timeZone: string;
}

/** Actions looked at by one statement. */
const actionsPerRead = 20_000;
const code = actionStatusCode;
const isCounted = `a.processing_status in (${code('accepted')}, ${code('delivered')})`;
const isFirst = `a.with_consent and s.processing_status = ${supporterStatusCode('accepted')} and s.dupe_rank = 0`;

const partEndSql = `
select max(id)::int8 as id
  from (select id from actions.actions where action_page_id = $1 and id > $2 order by id limit ${actionsPerRead}) part`;

const partSql = `
select (a.inserted_at at time zone $7)::date::text as day, a.action_type as "actionType",
       (count(*) filter (where ${isCounted}))::int as actions,
       (count(*) filter (where ${isCounted} and ${isFirst}))::int as supporters,
       (count(*) filter (where ${isCounted} and ${isFirst} and c.communication_consent))::int as "optIns",
       (count(*) filter (where a.processing_status in (${code('new')}, ${code('confirming')})))::int as waiting,
       (count(*) filter (where a.processing_status = ${code('rejected')}))::int as rejected
  from actions.actions a
  left join actions.supporters s on s.id = a.supporter_id
  left join actions.contacts c on c.supporter_id = s.id and c.org_id = $4
 where a.action_page_id = $1 and a.id > $2 and a.id <= $3 and not a.testing
   and ($5::timestamptz is null or a.inserted_at >= $5) and ($6::timestamptz is null or a.inserted_at < $6)
 group by 1, 2`;

const countedFields = ['actions', 'supporters', 'optIns', 'waiting', 'rejected'] as const;

/** Sums up the actions of a page without a statement that grows with their number. */
export class PageActivityReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Nothing after each part but the last, then all, by day and type: whoever reads may stop between two parts. */
  async *days(scope: ActivityScope): AsyncGenerator<DayOfPage[]> {
    const { orgId, pageId, from, to, timeZone } = scope;
    const days = new Map<string, DayOfPage>();
    for (let after = 0; ;) {
      const [end] = await this.database.query<{ id: number | null }>(partEndSql, [pageId, after]);
      const last = end?.id ?? null;
      if (last === null) break;
      const part = [pageId, after, last, orgId, from, to, timeZone];
      for (const row of await this.database.query<DayOfPage>(partSql, part)) add(days, row);
      after = last;
      yield [];
    }
    yield [...days.values()].sort((a, b) => a.day.localeCompare(b.day) || a.actionType.localeCompare(b.actionType));
  }
}

function add(days: Map<string, DayOfPage>, row: DayOfPage): void {
  const key = `${row.day} ${row.actionType}`;
  const known = days.get(key);
  if (!known) days.set(key, row);
  else for (const field of countedFields) known[field] += row[field];
}
