import { encodeRef } from '@groundswell/crypto';
import type { Database } from '@groundswell/persistence';

/** Of catalog.services. */
export interface DetailBackend {
  host: string;
  user: string;
  /** Sealed. */
  password: string;
}

export interface DueLookup {
  actionId: number;
  contactRef: string;
  email: string | null;
  attempts: number;
  /** Waits longer than anybody is asked. */
  isOverdue: boolean;
  /** The org had this person erased after the action was accepted: nobody is asked. */
  isErased: boolean;
}

interface Row extends Omit<DueLookup, 'contactRef'> {
  fingerprint: Buffer;
}

/** What is to be looked up now, and at whose service. Throws DatabaseAwayError. */
export class DueLookupReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async isResting(orgId: number): Promise<boolean> {
    const rows = await this.database.query(
      'select from actions.detail_backends where org_id = $1 and rests_until > now()',
      [orgId],
    );
    return rows.length > 0;
  }

  /** Null when the org has none any more. */
  async backendOf(orgId: number): Promise<DetailBackend | null> {
    const rows = await this.database.query<DetailBackend>(
      `select s.host, s."user", s.password
         from catalog.orgs o join catalog.services s on s.id = o.detail_backend_id
        where o.id = $1 and s.name = 'webhook'`,
      [orgId],
    );
    return rows[0] ?? null;
  }

  async due(orgId: number, limit: number, giveUpMs: number): Promise<DueLookup[]> {
    const rows = await this.database.query<Row>(
      `select l.action_id as "actionId", s.fingerprint, s.email, l.attempts,
              l.inserted_at < now() - $3 * interval '1 millisecond' as "isOverdue",
              exists (select from catalog.erasures e
                       where e.org_id = l.org_id and e.ref = s.fingerprint and e.erased_at > a.inserted_at) as "isErased"
         from actions.detail_lookups l
         join actions.actions a on a.id = l.action_id
         join actions.supporters s on s.id = a.supporter_id
        where l.org_id = $1 and l.state = 'waiting' and l.due_at <= now()
        order by l.due_at, l.action_id limit $2`,
      [orgId, limit, giveUpMs],
    );
    return rows.map(({ fingerprint, ...row }) => ({ ...row, contactRef: encodeRef(fingerprint) }));
  }
}
