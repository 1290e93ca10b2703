import type { Database } from '@groundswell/persistence';

export interface CredentialRow {
  id: string;
  label: string;
  username: string;
  createdAt: Date;
  createdBy: number;
  rotatedAt: Date | null;
  revokedAt: Date | null;
  isSettled: boolean;
}

export interface BacklogRow {
  messages: number;
  oldestAt: Date | null;
}

/** Most messages of an org's backlog that are counted. */
export const mostCounted = 100_000;
/** Revoked credentials that are shown. */
const mostRevoked = 50;

/** What there is to know of an org's access to its queues without asking anybody. Throws DatabaseAwayError. */
export class CrmAccessReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first. */
  credentials(orgId: number): Promise<CredentialRow[]> {
    return this.database.query<CredentialRow>(
      `select id::text as id, label, username, created_at as "createdAt", created_by::int as "createdBy",
              rotated_at as "rotatedAt", revoked_at as "revokedAt", is_settled as "isSettled"
         from (select c.*, row_number() over (partition by revoked_at is null order by id desc) as number
                 from topology.crm_credential_states c where org_id = $1) listed
        where revoked_at is null or number <= $2 order by listed.id desc`,
      [orgId, mostRevoked],
    );
  }

  async backlog(orgId: number): Promise<BacklogRow> {
    const [row] = await this.database.query<BacklogRow>(
      `select (select count(*)::int from (select from actions.outbox_lanes where lane = $1 limit $2) counted) as messages,
              (select created_at from actions.outbox_lanes where lane = $1 order by id limit 1) as "oldestAt"`,
      [orgId, mostCounted],
    );
    return row!;
  }

  /** By queue; those without any are left out. */
  async parked(queues: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ queue: string; count: number }>(
      'select queue, count(*)::int as count from forwarder.parked where queue = any($1::text[]) group by queue',
      [queues],
    );
    return new Map(rows.map(({ queue, count }) => [queue, count]));
  }
}
