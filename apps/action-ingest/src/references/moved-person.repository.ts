import type { EntityManager } from 'typeorm';
import { encodeRef } from '@groundswell/crypto';
import { byteaArray, int4Array, int8Array, preparedQuery, textArray } from '@groundswell/persistence';
import { bytesOf } from '../storing/reference';
import type { RankedSupporter } from './merged-ranks';
import type { PlannedMove } from './reference-alias.repository';

const text = (ref: string): Buffer => Buffer.from(ref);

/** Moves everything of schema actions that is under a reference to another one. Needs the locks of the partitions of both. */
export class MovedPersonRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Accepted supporters of these persons, with the reference they have now. */
  async accepted(refs: Iterable<string>): Promise<RankedSupporter[]> {
    const rows = await preparedQuery<{
      id: number;
      campaign_id: number;
      fingerprint: Buffer;
      dupe_rank: number | null;
    }>(
      this.manager,
      `select id, campaign_id, fingerprint, dupe_rank from actions.supporters
        where fingerprint = any($1::bytea[]) and processing_status = 3`,
      [byteaArray([...new Set(refs)].map(bytesOf))],
    );
    return rows.map((row) => ({
      id: row.id,
      campaignId: row.campaign_id,
      ref: encodeRef(row.fingerprint),
      rank: row.dupe_rank,
    }));
  }

  /** Places are given up before others take them: the unique index is checked row by row. */
  async moveSupporters(moves: readonly PlannedMove[], ranks: ReadonlyMap<number, number>): Promise<void> {
    await this.setRanks([...ranks].filter(([, rank]) => rank !== 0));
    await preparedQuery(
      this.manager,
      `update actions.supporters s set fingerprint = m.new_ref, recipe = m.recipe, updated_at = now()
         from unnest($1::bytea[], $2::bytea[], $3::text[]) as m (old_ref, new_ref, recipe)
        where s.fingerprint = m.old_ref`,
      [
        byteaArray(moves.map(({ from }) => bytesOf(from))),
        byteaArray(moves.map(({ to }) => bytesOf(to))),
        textArray(moves.map(({ recipe }) => recipe)),
      ],
    );
    await this.setRanks([...ranks].filter(([, rank]) => rank === 0));
  }

  /** Guests who look after follow-up items are known by a reference too. */
  async moveVolunteers(moves: readonly PlannedMove[]): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.followup_items i set volunteer_ref = m.new_ref, updated_at = now()
         from unnest($1::bytea[], $2::bytea[]) as m (old_ref, new_ref)
        where i.volunteer_ref = m.old_ref`,
      [byteaArray(moves.map(({ from }) => bytesOf(from))), byteaArray(moves.map(({ to }) => bytesOf(to)))],
    );
  }

  /** References that contacts carried, links that wait, and actions that wait for their supporter. */
  async moveWaiting(moves: readonly PlannedMove[]): Promise<void> {
    const pairs = [byteaArray(moves.map(({ from }) => text(from))), byteaArray(moves.map(({ to }) => text(to)))];
    const given = 'unnest($1::bytea[], $2::bytea[]) as m (old_ref, new_ref)';
    await preparedQuery(
      this.manager,
      `with gone as (
         delete from actions.supporter_refs r using ${given} where r.ref = m.old_ref
         returning r.org_id, m.new_ref, r.supporter_id)
       insert into actions.supporter_refs (org_id, ref, supporter_id)
       select * from gone on conflict do nothing`,
      pairs,
    );
    for (const column of ['contact_ref', 'ref'] as const) {
      const moved = column === 'ref' ? 'p.contact_ref, m.new_ref' : 'm.new_ref, p.ref';
      await preparedQuery(
        this.manager,
        `with gone as (
           delete from actions.pending_links p using ${given} where p.${column} = m.old_ref
           returning p.org_id, ${moved})
         insert into actions.pending_links (org_id, contact_ref, ref)
         select * from gone on conflict do nothing`,
        pairs,
      );
    }
    await preparedQuery(
      this.manager,
      `with waiting as (
         select a.id, m.new_ref from ${given} join actions.actions a on a.ref = m.old_ref
          where a.supporter_id is null order by a.id for update of a)
       update actions.actions a set ref = w.new_ref, updated_at = now() from waiting w where a.id = w.id`,
      pairs,
    );
  }

  /**
   * Where actions wait under one of these references that somebody has by now: they carry it, so that the joiner finds who it is. Returns
   * those references.
   */
  async carryWaiting(refs: readonly string[]): Promise<string[]> {
    const rows = await preparedQuery<{ ref: Buffer }>(
      this.manager,
      `with found as (
         select p.org_id, r.text, max(s.id) as supporter_id
           from unnest($1::bytea[], $2::bytea[]) as r (ref, text)
           join actions.supporters s on s.fingerprint = r.ref
           join catalog.action_pages p on p.id = s.action_page_id
          where exists (select from actions.actions a join catalog.action_pages w on w.id = a.action_page_id
                         where a.ref = r.text and a.supporter_id is null and w.org_id = p.org_id)
          group by p.org_id, r.text),
       added as (
         insert into actions.supporter_refs (org_id, ref, supporter_id) select * from found on conflict do nothing)
       select distinct text as ref from found`,
      [byteaArray(refs.map(bytesOf)), byteaArray(refs.map(text))],
    );
    return rows.map(({ ref }) => ref.toString());
  }

  /** Whom orgs had erased, of these persons. */
  async erasures(refs: readonly string[]): Promise<{ orgId: number; ref: string; erasedAt: Date }[]> {
    const rows = await preparedQuery<{ org_id: number; ref: Buffer; erased_at: Date }>(
      this.manager,
      'select org_id, ref, erased_at from catalog.erasures where ref = any($1::bytea[])',
      [byteaArray(refs.map(bytesOf))],
    );
    return rows.map((row) => ({ orgId: row.org_id, ref: encodeRef(row.ref), erasedAt: row.erased_at }));
  }

  private async setRanks(ranks: [id: number, rank: number][]): Promise<void> {
    if (ranks.length === 0) return;
    await preparedQuery(
      this.manager,
      `update actions.supporters s set dupe_rank = u.rank, updated_at = now()
         from unnest($1::bigint[], $2::int[]) as u (id, rank) where s.id = u.id`,
      [int8Array(ranks.map(([id]) => id)), int4Array(ranks.map(([, rank]) => rank))],
    );
  }
}
