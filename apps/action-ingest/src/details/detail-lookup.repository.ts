import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, preparedQuery, textArray } from '@groundswell/persistence';
import type { ActionState, SupporterState } from '../storing/batch-state';
import { fieldsDigest } from './fields-digest';
import { lookupDetail } from './lookup-detail.job-type';
import type { LookupLedger, LookupOutcome, LookupState } from './lookup-ledger';

/** Of the time in which look-ups gather: less than this before their job begins, another one is added. */
const marginOfGathering = 0.4;

/** Of the actions that have not left yet. */
export async function knownLookups(
  manager: EntityManager,
  supporters: SupporterState[],
): Promise<Map<number, LookupState>> {
  const actions = supporters.flatMap((supporter) => supporter.actions.map(({ id }) => id));
  if (actions.length === 0) return new Map();
  const rows = await preparedQuery<{ id: number; isPending: boolean }>(
    manager,
    `select action_id as id, state in ('waiting', 'answered') as "isPending"
       from actions.detail_lookups where action_id = any($1::bigint[])`,
    [int8Array(actions)],
  );
  return new Map(rows.map(({ id, isPending }) => [id, isPending ? 'pending' : 'ended']));
}

/** What the storing batch writes of look-ups, in its own transaction. */
export class DetailLookupRepository {
  constructor(private readonly manager: EntityManager) {}

  async write({ wanted, ended }: Pick<LookupLedger, 'wanted' | 'ended'>): Promise<void> {
    if (ended.size > 0) await this.end([...ended]);
    if (wanted.length > 0) await this.ask(wanted);
  }

  /**
   * Of these orgs those whose look-ups no job will see anyway: one that is due in a moment, but not before this transaction has most
   * probably ended, or the one after the service's rest. A row that is missed all the same is found by the next job of its org, or by the search for forgotten ones.
   */
  async unwoken(orgIds: number[], gatherMs: number): Promise<{ orgIds: number[]; dueAt: Date }> {
    const [row] = await preparedQuery<{ dueAt: Date; woken: number[] }>(
      this.manager,
      `select now() + $3::float8 * interval '1 millisecond' as "dueAt",
              array(select org_id::int from actions.jobs
                     where type = $2 and state = 'queued' and org_id = any($1::bigint[])
                       and due_at > now() + $3::float8 * ${marginOfGathering} * interval '1 millisecond'
                       and due_at <= now() + $3::float8 * interval '1 millisecond'
                    union
                    select org_id::int from actions.detail_backends
                     where org_id = any($1::bigint[]) and rests_until > now() + $3::float8 * interval '1 millisecond')
                as woken`,
      [int8Array(orgIds), lookupDetail.name, gatherMs],
    );
    if (!row) throw new Error('no row');
    return { orgIds: orgIds.filter((orgId) => !row.woken.includes(orgId)), dueAt: row.dueAt };
  }

  private async ask(actions: ActionState[]): Promise<void> {
    await preparedQuery(
      this.manager,
      `insert into actions.detail_lookups (action_id, org_id, submitted_digest)
       select * from unnest($1::bigint[], $2::bigint[], $3::bytea[]) on conflict (action_id) do nothing`,
      [
        int8Array(actions.map(({ id }) => id)),
        int8Array(actions.map(({ orgId }) => orgId)),
        byteaArray(actions.map(({ fields }) => fieldsDigest(fields))),
      ],
    );
  }

  private async end(ended: [number, LookupOutcome][]): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.detail_lookups l set state = e.state, ended_at = now()
         from unnest($1::bigint[], $2::text[]) as e (action_id, state) where l.action_id = e.action_id`,
      [int8Array(ended.map(([id]) => id)), textArray(ended.map(([, outcome]) => outcome))],
    );
  }
}
