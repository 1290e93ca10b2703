import type { EntityManager } from 'typeorm';
import type { AuditNote } from './write-effects';

/** Who changed what (design.md §8). */
export class AuditRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(actorId: string, notes: AuditNote[]): Promise<void> {
    if (notes.length === 0) return;
    await this.manager.query(
      `insert into catalog.audit_log (actor_id, resource, resource_id, changeset)
       select $1, n.resource, n.resource_id, n.changeset::jsonb
         from unnest($2::text[], $3::text[], $4::text[]) as n (resource, resource_id, changeset)`,
      [
        actorId,
        notes.map((note) => note.resource),
        notes.map((note) => note.resourceId),
        notes.map((note) => JSON.stringify(note.changeset)),
      ],
    );
  }
}
