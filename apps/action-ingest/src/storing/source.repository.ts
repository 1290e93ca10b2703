import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { SourceV1 } from '@groundswell/contracts';

const cacheLimit = 10_000;
const keyOf = (source: SourceV1): string =>
  JSON.stringify([source.source, source.medium, source.campaign, source.content, source.location]);

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Tracking sources: shared rows, inserted sorted (so concurrent batches cannot deadlock) and never updated. */
export class SourceRepository {
  private readonly ids = new Map<string, number>();

  /** Id of each source. Ids learned here are kept for later batches only by `remember`, once the transaction is in. */
  async resolve(manager: EntityManager, sources: Iterable<SourceV1>): Promise<Map<string, number>> {
    const wanted = new Map<string, SourceV1>();
    const found = new Map<string, number>();
    for (const source of sources) {
      const key = keyOf(source);
      const id = this.ids.get(key);
      if (id === undefined) wanted.set(key, source);
      else found.set(key, id);
    }
    if (wanted.size === 0) return found;
    const keys = [...wanted.keys()].sort();
    const sorted = keys.map((key) => wanted.get(key) as SourceV1);
    const hashes = new Map(keys.map((key) => [hashOf(key), key]));
    await manager.query(
      `insert into actions.sources (hash, source, medium, campaign, content, location)
       select decode(hash, 'hex'), source, medium, campaign, content, location
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
              as n (hash, source, medium, campaign, content, location)
       on conflict (hash) do nothing`,
      [
        [...hashes.keys()],
        sorted.map((source) => source.source),
        sorted.map((source) => source.medium),
        sorted.map((source) => source.campaign),
        sorted.map((source) => source.content),
        sorted.map((source) => source.location),
      ],
    );
    const rows: { id: number; hash: string }[] = await manager.query(
      `select id, encode(hash, 'hex') as hash from actions.sources
        where hash = any(array(select decode(h, 'hex') from unnest($1::text[]) as h))`,
      [[...hashes.keys()]],
    );
    for (const row of rows) found.set(hashes.get(row.hash) ?? '', row.id);
    return found;
  }

  idOf(resolved: Map<string, number>, source: SourceV1 | null): number | null {
    return source && (resolved.get(keyOf(source)) ?? null);
  }

  remember(resolved: Map<string, number>): void {
    if (this.ids.size + resolved.size > cacheLimit) this.ids.clear();
    for (const [key, id] of resolved) this.ids.set(key, id);
  }
}
