import type { EntityManager } from 'typeorm';
import { encodeRef } from '@groundswell/crypto';
import { byteaArray, preparedQuery, textArray } from '@groundswell/persistence';
import { bytesOf } from '../storing/reference';

/** A person who gets another reference, each base64url in its one spelling. */
export interface PlannedMove {
  from: string;
  to: string;
  /** Id of the recipe that made `to`. */
  recipe: string;
}

/** The map from former references to present ones. Read it under the locks of the partitions it leads to: they keep it as it is. */
export class ReferenceAliasRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Present references of those that are former ones. */
  async presentOf(refs: Iterable<string>): Promise<Map<string, string>> {
    const rows = await preparedQuery<{ old_ref: Buffer; new_ref: Buffer }>(
      this.manager,
      'select old_ref, new_ref from actions.reference_aliases where old_ref = any($1::bytea[])',
      [byteaArray([...new Set(refs)].map(bytesOf))],
    );
    return new Map(rows.map((row) => [encodeRef(row.old_ref), encodeRef(row.new_ref)]));
  }

  /** Former references of these present ones. */
  async formerOf(refs: Iterable<string>): Promise<{ ref: string; former: string }[]> {
    const rows = await preparedQuery<{ old_ref: Buffer; new_ref: Buffer }>(
      this.manager,
      'select old_ref, new_ref from actions.reference_aliases where new_ref = any($1::bytea[]) order by at, old_ref',
      [byteaArray([...new Set(refs)].map(bytesOf))],
    );
    return rows.map((row) => ({ ref: encodeRef(row.new_ref), former: encodeRef(row.old_ref) }));
  }

  /** Of these, those under which somebody, or an action without its supporter, is stored. */
  async inUse(refs: Iterable<string>): Promise<Set<string>> {
    const unique = [...new Set(refs)];
    // Two look-ups by index: one with `or` reads whole tables while they are of middle size.
    const rows = await preparedQuery<{ ref: Buffer; isText: boolean }>(
      this.manager,
      `select fingerprint as ref, false as "isText" from actions.supporters where fingerprint = any($1::bytea[])
       union
       select ref, true from actions.actions where ref = any($2::bytea[])`,
      [byteaArray(unique.map(bytesOf)), byteaArray(unique.map((ref) => Buffer.from(ref)))],
    );
    return new Set(rows.map(({ ref, isText }) => (isText ? ref.toString() : encodeRef(ref))));
  }

  /** What was a former reference and is a present one again is none any more; what led to `from` leads to `to`. */
  async add(moves: readonly PlannedMove[]): Promise<void> {
    const froms = byteaArray(moves.map(({ from }) => bytesOf(from)));
    const tos = byteaArray(moves.map(({ to }) => bytesOf(to)));
    await preparedQuery(this.manager, 'delete from actions.reference_aliases where old_ref = any($1::bytea[])', [tos]);
    await preparedQuery(
      this.manager,
      `update actions.reference_aliases a set new_ref = m.new_ref, recipe = m.recipe
         from unnest($1::bytea[], $2::bytea[], $3::text[]) as m (old_ref, new_ref, recipe)
        where a.new_ref = m.old_ref`,
      [froms, tos, textArray(moves.map(({ recipe }) => recipe))],
    );
    await preparedQuery(
      this.manager,
      `insert into actions.reference_aliases (old_ref, new_ref, recipe)
       select * from unnest($1::bytea[], $2::bytea[], $3::text[])
       on conflict (old_ref) do update set new_ref = excluded.new_ref, recipe = excluded.recipe, at = now()`,
      [froms, tos, textArray(moves.map(({ recipe }) => recipe))],
    );
  }
}
