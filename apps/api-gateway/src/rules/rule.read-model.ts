import type { RuleConditionV1 } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';

export interface RuleRow {
  id: number;
  name: string;
  trigger: string;
  campaignId: number | null;
  settings: {
    afterHours?: number;
    figure?: string;
    actionType?: string;
    values?: number[];
    every?: number;
    resource?: string;
    schedule?: string;
  };
  conditions: RuleConditionV1[];
  effect: string;
  recipients: string[];
  enabled: boolean;
  nextRunAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface RuleFiringRow {
  id: string;
  subject: string;
  campaignId: number | null;
  fields: Record<string, unknown>;
  state: 'waiting' | 'failed' | 'sent' | 'left_out' | 'canceled';
  reason: string | null;
  firedAt: Date;
  endedAt: Date | null;
  clearedAt: Date | null;
}

const columns = `id::int as id, name, trigger, campaign_id::int as "campaignId", settings, conditions, effect, recipients,
                 is_enabled as enabled, next_run_at as "nextRunAt", created_at as "createdAt", updated_at as "updatedAt"`;

/** Rules of an org as notify-service keeps them, and what they fired for. */
export class RuleReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  ofOrg(orgId: number): Promise<RuleRow[]> {
    return this.database.query<RuleRow>(`select ${columns} from notify.rules where org_id = $1 order by id`, [orgId]);
  }

  async find(orgId: number, id: number): Promise<RuleRow | null> {
    const rows = await this.database.query<RuleRow>(
      `select ${columns} from notify.rules where org_id = $1 and id = $2`,
      [orgId, id],
    );
    return rows[0] ?? null;
  }

  /** Newest first; of one that waits its job says more. */
  firings(ruleId: number, after: string | null, limit: number): Promise<RuleFiringRow[]> {
    return this.database.query<RuleFiringRow>(
      `select f.id::text as id, f.subject, f.campaign_id::int as "campaignId", f.fields,
              case when f.state <> 'waiting' then f.state when j.state = 'failed' then 'failed'
                   when j.id is null or j.state = 'canceled' then 'canceled' else 'waiting' end as state,
              coalesce(f.reason, case when f.state = 'waiting' then j.last_error end) as reason,
              f.fired_at as "firedAt", f.ended_at as "endedAt", f.cleared_at as "clearedAt"
         from notify.rule_firings f left join notify.jobs j on j.id = f.job_id
        where f.rule_id = $1 and f.id < $2::bigint
        order by f.id desc limit $3`,
      [ruleId, after ?? '9223372036854775807', limit],
    );
  }
}
