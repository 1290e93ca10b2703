import { followUpKindCode, followUpKindFromCode, type FollowUpKind } from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';

export const followUpStates = ['open', 'done', 'canceled'] as const;
export type FollowUpState = (typeof followUpStates)[number];

export interface FollowUpRow {
  id: number;
  kind: FollowUpKind;
  state: FollowUpState;
  actionId: number | null;
  /** Bytes of the supporter's contactRef. */
  fingerprint: Buffer | null;
  group: string | null;
  completeAll: boolean;
  dueAt: Date | null;
  userId: number | null;
  email: string | null;
  createdAt: Date;
  closedAt: Date | null;
  closedByActionId: number | null;
}

export interface FollowUpsQuery {
  orgId: number;
  state: FollowUpState;
  kind: FollowUpKind | null;
  actionId: number | null;
  assignee: number | null;
  dueBefore: Date | null;
  after: string | null;
  limit: number;
}

/** What an item can be about. */
export interface FollowUpSubject {
  actionId: number | null;
  supporterId: number | null;
}

const columns = `i.id::int as id, i.kind, i.state, i.action_id::int as "actionId", s.fingerprint, i.sibling_group as "group",
  i.complete_all as "completeAll", i.due_at as "dueAt", i.assignee::int as "userId", coalesce(u.email, i.volunteer_email) as email,
  i.inserted_at as "createdAt", i.closed_at as "closedAt", i.closed_by::int as "closedByActionId"`;
const joined = `actions.followup_items i
  left join actions.supporters s on s.id = i.supporter_id
  left join catalog.users u on u.id = i.assignee`;

/** Follow-up items as action-ingest keeps them. Throws DatabaseAwayError. */
export class FollowUpReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async list({
    orgId,
    state,
    kind,
    actionId,
    assignee,
    dueBefore,
    after,
    limit,
  }: FollowUpsQuery): Promise<FollowUpRow[]> {
    const rows = await this.database.query<Row>(
      `select ${columns} from ${joined}
        where i.org_id = $1 and i.state = $2 and i.id > $3
          and ($4::smallint is null or i.kind = $4) and ($5::bigint is null or i.action_id = $5)
          and ($6::bigint is null or i.assignee = $6) and ($7::timestamptz is null or i.due_at < $7)
        order by i.id limit $8`,
      [orgId, state, after ?? '0', kind && followUpKindCode(kind), actionId, assignee, dueBefore, limit],
    );
    return rows.map(withKind);
  }

  async some(orgId: number, ids: number[]): Promise<FollowUpRow[]> {
    const rows = await this.database.query<Row>(
      `select ${columns} from ${joined} where i.org_id = $1 and i.id = any($2::bigint[]) order by i.id`,
      [orgId, ids],
    );
    return rows.map(withKind);
  }

  /** Null too when the action is neither on a page of the org nor in a campaign it leads. */
  async actionOf(orgId: number, actionId: number): Promise<FollowUpSubject | null> {
    const rows = await this.database.query<FollowUpSubject>(
      `select a.id::int as "actionId", a.supporter_id::int as "supporterId"
         from actions.actions a
         join catalog.action_pages p on p.id = a.action_page_id
         join catalog.campaigns g on g.id = p.campaign_id
        where a.id = $1 and (p.org_id = $2 or g.org_id = $2)`,
      [actionId, orgId],
    );
    return rows[0] ?? null;
  }

  /** The newest supporter who has or had that reference, and of whom the org has a record. */
  async supporterOf(orgId: number, fingerprint: Buffer): Promise<FollowUpSubject | null> {
    const rows = await this.database.query<FollowUpSubject>(
      `select null as "actionId", s.id::int as "supporterId"
         from actions.supporters s join actions.contacts c on c.supporter_id = s.id and c.org_id = $2
        where s.fingerprint in ($1::bytea, (select l.new_ref from actions.reference_aliases l where l.old_ref = $1::bytea))
        order by s.id desc limit 1`,
      [fingerprint, orgId],
    );
    return rows[0] ?? null;
  }

  /** Of these users those who are staff of the org. */
  async staffAmong(orgId: number, userIds: number[]): Promise<Set<number>> {
    const rows = await this.database.query<{ id: number }>(
      'select user_id::int as id from catalog.staffers where org_id = $1 and user_id = any($2::bigint[])',
      [orgId, userIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

type Row = Omit<FollowUpRow, 'kind'> & { kind: number };

const withKind = (row: Row): FollowUpRow => ({ ...row, kind: followUpKindFromCode(row.kind) });
