import type { EntityManager } from 'typeorm';
import { int8Array, preparedQuery } from '@groundswell/persistence';

/** Removes enrichments whose org has no record of the person any more. What a call under way may cost counts as used. */
export class EnrichmentRemover {
  constructor(private readonly manager: EntityManager) {}

  /** Of the person's signatures before that time. */
  async ofPerson(fingerprint: Buffer, before: Date): Promise<number> {
    return this.remove('s.fingerprint = $1 and s.inserted_at < $2', [fingerprint, before]);
  }

  async ofSupporters(supporterIds: readonly number[]): Promise<number> {
    return this.remove('s.id = any($1::bigint[])', [int8Array(supporterIds)]);
  }

  /** `whose` is a constant text. */
  private async remove(whose: string, parameters: unknown[]): Promise<number> {
    const [row] = await preparedQuery<{ count: number }>(
      this.manager,
      `with gone as (
         delete from actions.enrichments e using actions.actions a, actions.supporters s
          where a.id = e.action_id and s.id = a.supporter_id and ${whose}
            and not exists (select from actions.contacts c where c.supporter_id = s.id and c.org_id = e.org_id)
         returning e.org_id, e.kind, e.reserved, e.reserved_month),
       settled as (
         update actions.enrichment_usage u set used = u.used + g.reserved, reserved = u.reserved - g.reserved
           from (select org_id, kind, reserved_month, sum(reserved) as reserved
                   from gone where reserved > 0 group by org_id, kind, reserved_month) g
          where u.org_id = g.org_id and u.kind = g.kind and u.month = g.reserved_month)
       select count(*)::int as count from gone`,
      parameters,
    );
    return row?.count ?? 0;
  }
}
