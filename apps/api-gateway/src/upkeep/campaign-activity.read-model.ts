import type { EntityManager } from 'typeorm';
import { campaignStatusCode } from '@groundswell/domain';

/** When the first and the last action of a campaign were that are no tests; null: it has none. */
export interface ActivitySpan {
  id: number;
  name: string;
  firstAt: Date | null;
  lastAt: Date | null;
}

/** A campaign as it is now, and what its dates become; null where they stay empty. */
export interface DatedCampaign {
  id: number;
  orgId: number | null;
  startDate: string | null;
  endDate: string | null;
  hasActions: boolean;
}

/** An end is known when nothing has come for that long. */
const endAfterMonths = 1;

/** By index alone, however many there are: imported ones have a late id, and are of long ago. */
const storedLast = `
  (select a.inserted_at from actions.actions a where a.campaign_id = c.id and not a.testing order by a.id desc limit 1)`;
const before = (at: string, months: string): string => `${at} < now() - make_interval(months => ${months})`;
const day = (at: string): string => `(${at} at time zone 'UTC')::date`;

/** All its actions, of the few campaigns for which the last stored one does not tell already. */
const spans = (candidates: string, isWanted: string): string => `
with candidate as materialized (
  select c.* from catalog.campaigns c where c.deleted_at is null and c.id > $1 and ${candidates})
select c.id, c.name, x.first_at as "firstAt", x.last_at as "lastAt"
  from candidate c
 cross join lateral (select min(a.inserted_at) as first_at, max(a.inserted_at) as last_at
                       from actions.actions a where a.campaign_id = c.id and not a.testing) x
 where ${isWanted}
 order by c.id limit $2`;

const isLive = `c.status = ${campaignStatusCode('live')}`;
const isUndated = (last: string): string =>
  `(c.start_date is null or (c.end_date is null and ${before(last, String(endAfterMonths))}))`;

/** Campaigns by what was last done in them. None that is marked as deleted. */
export class CampaignActivityReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Live ones without an action for that many months, or made that long ago and without any. */
  idle(months: number, afterId: number, limit: number): Promise<ActivitySpan[]> {
    const isIdle = (last: string): string => before(`coalesce(${last}, c.inserted_at)`, '$3');
    return this.manager.query(spans(`${isLive} and ${isIdle(storedLast)}`, isIdle('x.last_at')), [
      afterId,
      limit,
      months,
    ]);
  }

  /** Of any status, with a date missing that their actions tell. */
  undated(afterId: number, limit: number): Promise<ActivitySpan[]> {
    return this.manager.query(
      spans(
        `${storedLast} is not null and ${isUndated(storedLast)}`,
        `x.last_at is not null and ${isUndated('x.last_at')}`,
      ),
      [afterId, limit],
    );
  }

  /** Those of them that are still idle, under the lock of the catalogue: what came since has the highest id. */
  closable(months: number, found: readonly ActivitySpan[]): Promise<DatedCampaign[]> {
    return this.dated(found, `${isLive} and ${before(`coalesce(${storedLast}, c.inserted_at)`, '$4')}`, [months]);
  }

  /** Those of them that still miss a date, under the lock of the catalogue. */
  datable(found: readonly ActivitySpan[]): Promise<DatedCampaign[]> {
    return this.dated(found, isUndated('f.last_at'), []);
  }

  private dated(found: readonly ActivitySpan[], isWanted: string, more: unknown[]): Promise<DatedCampaign[]> {
    return this.manager.query(
      `select c.id, c.org_id as "orgId", f.last_at is not null as "hasActions",
              coalesce(c.start_date, ${day('f.first_at')})::text as "startDate",
              case when ${before('f.last_at', String(endAfterMonths))}
                   then coalesce(c.end_date, greatest(${day('f.last_at')}, c.start_date)) else c.end_date end::text as "endDate"
         from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as f (id, first_at, last_at)
         join catalog.campaigns c on c.id = f.id
        where c.deleted_at is null and ${isWanted}
        order by c.id`,
      [
        found.map(({ id }) => id),
        found.map(({ firstAt }) => firstAt?.toISOString() ?? null),
        found.map(({ lastAt }) => lastAt?.toISOString() ?? null),
        ...more,
      ],
    );
  }
}
