import { campaignStatusCode } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';
import { usableAddress } from '../pacing/target.read-model';

/** Where the mail to targets of a live campaign stands. Messages are those of rank 0, tests aside. */
export interface LiveCampaign {
  campaignId: number;
  name: string;
  isDrip: boolean;
  /** Not paused, not over, and its lead has a backend. */
  isRunning: boolean;
  startAt: Date;
  endAt: Date;
  timezone: string;
  /** Of targets that are there and have a usable address. */
  sendableMessages: number;
  sendableTargets: number;
  pending: number;
  sending: number;
  sent: number;
  failed: number;
  unknown: number;
  /** When the action of the oldest message was accepted that is neither out nor given up; null: there is none. */
  oldestAt: Date | null;
}

/** A campaign is shown an hour longer than its messages may go: what fails because the window closed is seen. */
const live = `
  select c.id, c.name, coalesce(m.drip_delivery, true) as is_drip, m.start_at, m.end_at, m.timezone,
         o.email_backend_id is not null and m.paused_at is null
           and m.end_at >= $1::timestamptz - interval '24 hours' as is_running
    from catalog.mtt m
    join catalog.campaigns c on c.id = m.campaign_id and c.status = ${campaignStatusCode('live')} and c.deleted_at is null
    join catalog.orgs o on o.id = c.org_id and o.deleted_at is null
   where (m.start_at at time zone 'UTC')::date <= ($1::timestamptz at time zone 'UTC')::date
     and m.end_at >= $1::timestamptz - interval '25 hours'`;

const isCounted = 'dupe_rank = 0 and not testing';

const targets = `
  select p.*, w.oldest_at, w.oldest_at is not null and exists (
           select from catalog.targets t where t.id = p.target_id and t.deleted_at is null
         ) and exists (${usableAddress('p.target_id')}) as is_reachable
    from live join mtt.target_progress p on p.campaign_id = live.id
    left join lateral (
      select accepted_at as oldest_at from mtt.message_states
       where campaign_id = p.campaign_id and target_id = p.target_id and state = 'pending' and ${isCounted}
       order by message_id limit 1) w on p.pending > 0`;

const underWay = `
  select campaign_id, min(accepted_at) as oldest_at from mtt.message_states
   where state = 'sending' and ${isCounted} group by campaign_id`;

/** Longer, and the figures are not worth it. */
const longestMs = 5_000;

/**
 * All live campaigns by one statement. Costs by their targets, of each of which the first waiting message is looked up, and by
 * what is under way; never by what waits or is sent.
 */
export class LiveCampaignReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** In a transaction of its own: the limit of time ends with it. */
  async read(now: Date): Promise<LiveCampaign[]> {
    await this.manager.query(`select set_config('statement_timeout', $1, true)`, [String(longestMs)]);
    return this.manager.query(liveCampaigns, [now]);
  }
}

const sum = (what: string): string => `coalesce(sum(${what}), 0)::int`;
const sendable = 't.is_reachable and l.is_running';

export const liveCampaigns = `
  with live as materialized (${live}), targets as (${targets}), under_way as (${underWay})
  select l.id as "campaignId", l.name, l.is_drip as "isDrip", l.is_running as "isRunning", l.start_at as "startAt",
         l.end_at as "endAt", l.timezone, ${sum('t.pending')} as pending, ${sum('t.sent')} as sent,
         ${sum('t.failed')} as failed, ${sum('t.unknown')} as unknown,
         ${sum('t.total - t.pending - t.sent - t.failed - t.unknown')} as sending,
         coalesce(sum(t.pending) filter (where ${sendable}), 0)::int as "sendableMessages",
         (count(*) filter (where ${sendable}))::int as "sendableTargets",
         least(min(t.oldest_at), min(u.oldest_at)) as "oldestAt"
    from live l
    left join targets t on t.campaign_id = l.id
    left join under_way u on u.campaign_id = l.id
   group by l.id, l.name, l.is_drip, l.is_running, l.start_at, l.end_at, l.timezone
   order by l.id`;
