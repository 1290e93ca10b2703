import { channel } from 'node:diagnostics_channel';
import { currentTrace } from '@groundswell/observability';
import type { AuditLine } from '@groundswell/observability';
import { afterCommit } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { AuditNote } from './write-effects';

const audited = channel('groundswell:audited');

/** Hears of every entry once it is committed; returns the function that stops it. */
export const onAudited = (listener: (line: AuditLine) => void): (() => void) => {
  const hear = (line: unknown): void => listener(line as AuditLine);
  audited.subscribe(hear);
  return () => void audited.unsubscribe(hear);
};

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
    if (!audited.hasSubscribers) return;
    const traceId = currentTrace()?.traceId;
    afterCommit(this.manager, () => {
      for (const note of notes) audited.publish({ actorId, ...note, ...(traceId && { traceId }) } satisfies AuditLine);
    });
  }
}
