import { Org } from '@groundswell/persistence';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { refuseTaken } from '../catalogue-writing/taken-name';

const takenPaths = { orgs_name_key: ['name'] };

/** Orgs that are not marked as deleted. */
export class OrgRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Stored spelling of the names, also of deleted orgs. */
  async namesOf(ids: number[]): Promise<Map<number, string>> {
    const rows: { id: number; name: string }[] = await this.manager.query(
      'select id, name from catalog.orgs where id = any($1::bigint[])',
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  /** A taken name is an error at `name`. */
  async insert(org: Partial<Org>): Promise<number> {
    const inserted = await refuseTaken(takenPaths, () => this.manager.insert(Org, org as QueryDeepPartialEntity<Org>));
    return Number(inserted.identifiers[0]?.['id']);
  }

  async update(id: number, changes: Partial<Org>): Promise<void> {
    if (Object.keys(changes).length === 0) return;
    await refuseTaken(takenPaths, () => this.manager.update(Org, { id }, changes as QueryDeepPartialEntity<Org>));
  }
}
