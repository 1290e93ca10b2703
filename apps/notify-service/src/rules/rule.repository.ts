import type { EntityManager } from 'typeorm';
import type { RuleTrigger } from '@groundswell/contracts';
import type { Rule } from './rule';

const columns = `id::int8 as id, org_id::int8 as "orgId", campaign_id::int8 as "campaignId", name, trigger, settings, conditions,
                 effect, recipients, is_enabled as "isEnabled"`;

/** Rules as they are stored. Who changes one holds its row, and raises the version of the book. */
export class RuleRepository {
  constructor(private readonly manager: EntityManager) {}

  async version(): Promise<number> {
    const [row]: { version: number }[] = await this.manager.query(
      'select version::int8 as version from notify.rule_book',
    );
    return row?.version ?? 0;
  }

  enabled(): Promise<Rule[]> {
    return this.manager.query(`select ${columns} from notify.rules where is_enabled order by id`);
  }

  async find(id: number): Promise<Rule | null> {
    const rows: Rule[] = await this.manager.query(`select ${columns} from notify.rules where id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** Waits for whoever fires it or changes it. */
  async hold(id: number, orgId?: number): Promise<Rule | null> {
    const rows: Rule[] = await this.manager.query(
      `select ${columns} from notify.rules where id = $1 and ($2::bigint is null or org_id = $2) for update`,
      [id, orgId ?? null],
    );
    return rows[0] ?? null;
  }

  /** Those of them that are enabled, as they are now; in one order for everybody. */
  holdEnabled(ids: readonly number[]): Promise<Rule[]> {
    return this.manager.query(
      `select ${columns} from notify.rules where id = any($1::bigint[]) and is_enabled order by id for update`,
      [ids],
    );
  }

  /** Whoever adds one to the same org waits until the caller has committed. */
  async countOf(orgId: number): Promise<number> {
    await this.manager.query(`select pg_advisory_xact_lock(hashtextextended('notify.rules', $1))`, [orgId]);
    const [row]: { count: number }[] = await this.manager.query(
      'select count(*)::int as count from notify.rules where org_id = $1',
      [orgId],
    );
    return row?.count ?? 0;
  }

  /** Null when the org has one of that name. */
  async insert(rule: Omit<Rule, 'id'>): Promise<number | null> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into notify.rules (org_id, campaign_id, name, trigger, settings, conditions, effect, recipients, is_enabled)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (org_id, name) do nothing returning id::int8 as id`,
      [rule.orgId, rule.campaignId, rule.name, rule.trigger, ...changeable(rule)],
    );
    await this.raiseVersion();
    return rows[0]?.id ?? null;
  }

  /** False when another rule of the org has that name. */
  async update(rule: Rule): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `with changed as (
         update notify.rules r
            set campaign_id = $2, name = $3, settings = $4, conditions = $5, effect = $6, recipients = $7, is_enabled = $8,
                updated_at = now(), looked_at_all_at = null
          where id = $1 and not exists (select from notify.rules o where o.org_id = r.org_id and o.name = $3 and o.id <> $1)
         returning id) select id from changed`,
      [rule.id, rule.campaignId, rule.name, ...changeable(rule)],
    );
    await this.raiseVersion();
    return rows.length === 1;
  }

  async remove(id: number): Promise<void> {
    await this.manager.query('delete from notify.rules where id = $1', [id]);
    await this.raiseVersion();
  }

  /** Rules of orgs that are gone, and of deleted campaigns, go with all they fired for. */
  async removeOrphans(): Promise<number> {
    const rows: unknown[] = await this.manager.query(
      `with gone as (
         delete from notify.rules r
          where not exists (select from catalog.orgs o where o.id = r.org_id and o.deleted_at is null)
             or (r.campaign_id is not null
                 and not exists (select from catalog.campaigns c where c.id = r.campaign_id and c.deleted_at is null))
         returning id) select id from gone`,
    );
    if (rows.length > 0) await this.raiseVersion();
    return rows.length;
  }

  /** When a periodic rule runs next; null: never. */
  async planNext(id: number, nextRunAt: Date | null, zone: string | null): Promise<void> {
    await this.manager.query('update notify.rules set next_run_at = $2, next_run_zone = $3 where id = $1', [
      id,
      nextRunAt?.toISOString() ?? null,
      zone,
    ]);
  }

  async openJob(id: number): Promise<{ id: number; state: string } | null> {
    const rows: { id: number; state: string }[] = await this.manager.query(
      `select j.id::int8 as id, j.state from notify.rules r join notify.jobs j on j.id = r.job_id where r.id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  private async raiseVersion(): Promise<void> {
    await this.manager.query('update notify.rule_book set version = version + 1');
  }
}

const changeable = ({ settings, conditions, effect, recipients, isEnabled }: Omit<Rule, 'id'>): unknown[] => [
  JSON.stringify(settings),
  JSON.stringify(conditions),
  effect,
  recipients,
  isEnabled,
];

/** Triggers of which one kind of look is taken. */
export const isTrigger =
  <T extends RuleTrigger>(...triggers: readonly T[]) =>
  (rule: Rule): rule is Rule & { trigger: T } =>
    triggers.some((trigger) => trigger === rule.trigger);
