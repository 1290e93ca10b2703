import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, preparedQuery, textArray } from '@groundswell/persistence';
import { scanAttachment } from './attachment-jobs';

/** A file that came with an action. */
export interface NewAttachment {
  actionId: number;
  /** Owner of the page. */
  orgId: number;
  /** Of the person, or under which the action waits for one. */
  ref: Buffer;
  objectId: string;
  name: string;
  type: string;
  size: number;
}

export interface StoredAttachment {
  id: number;
  actionId: number;
  orgId: number;
  type: string;
  size: number;
  state: 'waiting' | 'clean' | 'refused';
  /** Since its action was stored. */
  waitedMs: number;
}

/** What became of a file. */
export type Verdict = { state: 'clean'; key: string; thumbnailKey: string | null; sha256: Buffer } | Refusal;
export interface Refusal {
  state: 'refused';
  reason: string;
}

/** Files of actions. A row that goes leaves the names of its objects in actions.object_removals: see the migration. */
export class AttachmentRepository {
  constructor(private readonly manager: EntityManager) {}

  /**
   * Those that were never attached before, also where that is forgotten; none of people who were erased since they acted. Their
   * actions are there already. In order, so that two batches that name the same files do not wait for each other in a circle.
   */
  insert(attachments: readonly NewAttachment[]): Promise<{ objectId: string; orgId: number }[]> {
    return preparedQuery(
      this.manager,
      `insert into actions.attachments (action_id, org_id, object_id, name, type, size)
       select n.action_id, n.org_id, n.object_id, n.name, n.type, n.size
         from unnest($1::bigint[], $2::bigint[], $3::text[]::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bytea[])
              as n (action_id, org_id, object_id, name, type, size, ref)
        where not exists (
          select from actions.actions a
            join catalog.erasures e on e.org_id = n.org_id and e.ref = n.ref and e.erased_at > a.inserted_at
           where a.id = n.action_id)
          and not exists (select from actions.job_keys k where k.type = $8::text and k.key = n.object_id::text)
        order by n.object_id
       on conflict (object_id) do nothing
       returning object_id as "objectId", org_id as "orgId"`,
      [
        int8Array(attachments.map(({ actionId }) => actionId)),
        int8Array(attachments.map(({ orgId }) => orgId)),
        textArray(attachments.map(({ objectId }) => objectId)),
        textArray(attachments.map(({ name }) => name)),
        textArray(attachments.map(({ type }) => type)),
        int8Array(attachments.map(({ size }) => size)),
        byteaArray(attachments.map(({ ref }) => ref)),
        scanAttachment.name,
      ],
    );
  }

  async find(objectId: string): Promise<StoredAttachment | null> {
    const [row] = await preparedQuery<StoredAttachment>(
      this.manager,
      `select id, action_id as "actionId", org_id as "orgId", type, size, state,
              (extract(epoch from now() - inserted_at) * 1000)::float as "waitedMs"
         from actions.attachments where object_id = $1`,
      [objectId],
    );
    return row ?? null;
  }

  /** False: it was erased meanwhile, or ended by another. */
  async end(id: number, verdict: Verdict): Promise<boolean> {
    const kept = verdict.state === 'clean' ? verdict : null;
    const rows = await preparedQuery(
      this.manager,
      `update actions.attachments
          set state = $2, reason = $3, key = $4, thumbnail_key = $5, sha256 = $6, ended_at = now()
        where id = $1 and state = 'waiting' returning id`,
      [
        id,
        verdict.state,
        verdict.state === 'refused' ? verdict.reason : null,
        kept?.key ?? null,
        kept?.thumbnailKey ?? null,
        kept?.sha256 ?? null,
      ],
    );
    return rows.length > 0;
  }

  /** Of these objects in quarantine, those an action waits for. */
  async waiting(objectIds: readonly string[]): Promise<Set<string>> {
    const rows = await preparedQuery<{ id: string }>(
      this.manager,
      `select object_id as id from actions.attachments where object_id = any($1::text[]::uuid[]) and state = 'waiting'`,
      [textArray(objectIds)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Of these files of orgs, those that are being read in or were. */
  async readIn(keys: readonly string[]): Promise<Set<string>> {
    const rows = await preparedQuery<{ key: string }>(
      this.manager,
      `select object_key as key from actions.uploads where object_key = any($1::text[]) and closed_at is null`,
      [textArray(keys)],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** Files of a person's actions, accepted before `erasedAt`, at pages of this org; of any org once none has a record left. */
  async removeOfPerson(fingerprint: Buffer, erasedAt: Date, orgId: number): Promise<number> {
    return this.remove(
      `s.fingerprint = $1 and s.inserted_at < $2
       and (t.org_id = $3 or not exists (select from actions.contacts c where c.supporter_id = s.id))`,
      [fingerprint, erasedAt, orgId],
    );
  }

  /** Files of actions at pages of this org that wait under this reference for their person, accepted before `erasedAt`. */
  async removeOfWaiting(ref: string, erasedAt: Date, orgId: number): Promise<number> {
    const rows = await preparedQuery(
      this.manager,
      `delete from actions.attachments t using actions.actions a
        where a.id = t.action_id and a.ref = $1 and a.supporter_id is null and a.inserted_at < $2 and t.org_id = $3
        returning t.id`,
      [Buffer.from(ref), erasedAt, orgId],
    );
    return rows.length;
  }

  /** Files of these supporters, at pages of orgs that have no record of them any more. */
  async removeOfForgotten(supporterIds: readonly number[]): Promise<number> {
    return this.remove(
      `s.id = any($1::bigint[])
       and not exists (select from actions.contacts c where c.supporter_id = s.id and c.org_id = t.org_id)`,
      [int8Array(supporterIds)],
    );
  }

  /** `whose` is a constant text. */
  private async remove(whose: string, parameters: unknown[]): Promise<number> {
    const rows = await preparedQuery(
      this.manager,
      `delete from actions.attachments t using actions.actions a, actions.supporters s
        where a.id = t.action_id and s.id = a.supporter_id and ${whose} returning t.id`,
      parameters,
    );
    return rows.length;
  }
}
