import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, preparedQuery, textArray } from '@groundswell/persistence';

/** A supporter whose reference may be of another recipe, with what is left to read of them. */
export interface StoredReference {
  id: number;
  fingerprint: Buffer;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  /** A contact record in clear, else the instance org's own one; null when there is neither. */
  payload: Buffer | null;
  nonce: Buffer | null;
  publicKeyId: number | null;
  signKeyId: number | null;
}

export interface InstanceKey {
  id: number;
  public: Buffer;
  /** Sealed. */
  private: string | null;
}

/** Supporters by id, as the job goes through them. */
export class StoredReferenceRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The next `limit` supporters behind `afterId`: the last one's id, and those that no present recipe made. Null behind the last. */
  async page(
    afterId: number,
    limit: number,
    recipeId: string,
    instanceOrg: string,
  ): Promise<{ lastId: number; looked: number; rows: StoredReference[] } | null> {
    const [found] = await preparedQuery<{ lastId: number | null; looked: number }>(
      this.manager,
      `select max(id) as "lastId", count(*)::int as looked
         from (select id from actions.supporters where id > $1 order by id limit $2) p`,
      [afterId, limit],
    );
    if (!found || found.lastId === null) return null;
    const rows = await preparedQuery<StoredReference>(
      this.manager,
      `select s.id, s.fingerprint, s.email, s.first_name as "firstName", s.last_name as "lastName",
              c.payload, c.crypto_nonce as nonce, c.public_key_id as "publicKeyId", c.sign_key_id as "signKeyId"
         from actions.supporters s
         left join lateral (
           select c.* from actions.contacts c
            where c.supporter_id = s.id
              and (c.crypto_nonce is null or c.org_id = (select o.id from catalog.orgs o where o.name = $4))
            order by c.crypto_nonce is not null, c.id limit 1) c on true
        where s.id > $1 and s.id <= $2 and s.recipe is distinct from $3
        order by s.id`,
      [afterId, found.lastId, recipeId, instanceOrg],
    );
    return { lastId: found.lastId, looked: found.looked, rows };
  }

  /** All supporters under these references. */
  async countUnder(refs: readonly Buffer[]): Promise<number> {
    const [row] = await preparedQuery<{ n: number }>(
      this.manager,
      'select count(*)::int as n from actions.supporters where fingerprint = any($1::bytea[])',
      [byteaArray(refs)],
    );
    return row?.n ?? 0;
  }

  /** They have it already, so the next run passes them by. Nobody else writes this column of a stored supporter but who moves them. */
  async stamp(references: readonly StoredReference[], recipeId: string): Promise<void> {
    if (references.length === 0) return;
    await preparedQuery(
      this.manager,
      `update actions.supporters s set recipe = $3
         from unnest($1::bigint[], $2::bytea[]) as u (id, fingerprint)
        where s.id = u.id and s.fingerprint = u.fingerprint`,
      [
        int8Array(references.map(({ id }) => id)),
        byteaArray(references.map(({ fingerprint }) => fingerprint)),
        recipeId,
      ],
    );
  }

  /** Of these former references, those that lead to a present one by now, with nobody left behind. */
  async countMoved(refs: readonly Buffer[]): Promise<number> {
    const [row] = await preparedQuery<{ n: number }>(
      this.manager,
      `select count(*)::int as n from actions.reference_aliases l
        where l.old_ref = any($1::bytea[])
          and not exists (select from actions.supporters s where s.fingerprint = l.old_ref)`,
      [byteaArray(refs)],
    );
    return row?.n ?? 0;
  }

  instanceKeys(instanceOrg: string): Promise<InstanceKey[]> {
    return preparedQuery(
      this.manager,
      `select k.id, k.public, k.private from catalog.public_keys k join catalog.orgs o on o.id = k.org_id where o.name = $1`,
      [instanceOrg],
    );
  }

  /** Guests who have follow-up items, by the address that is kept with them. */
  volunteers(afterId: number, limit: number): Promise<{ id: number; email: string; ref: Buffer }[]> {
    return preparedQuery(
      this.manager,
      `select id, volunteer_email as email, volunteer_ref as ref from actions.followup_items
        where volunteer_email is not null and volunteer_ref is not null and id > $1 order by id limit $2`,
      [afterId, limit],
    );
  }

  async setVolunteers(changed: readonly { id: number; email: string; ref: Buffer }[]): Promise<void> {
    if (changed.length === 0) return;
    await preparedQuery(
      this.manager,
      `update actions.followup_items i set volunteer_ref = u.ref, updated_at = now()
         from unnest($1::bigint[], $2::text[], $3::bytea[]) as u (id, email, ref)
        where i.id = u.id and i.volunteer_email = u.email`,
      [
        int8Array(changed.map(({ id }) => id)),
        textArray(changed.map(({ email }) => email)),
        byteaArray(changed.map(({ ref }) => ref)),
      ],
    );
  }
}
