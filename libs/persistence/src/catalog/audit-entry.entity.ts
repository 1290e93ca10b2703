import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who changed what. */
@Entity({ schema: 'catalog', name: 'audit_log' })
export class AuditEntry {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'varchar' })
  actorId!: string;

  @Column({ type: 'varchar' })
  resource!: string;

  @Column({ type: 'varchar' })
  resourceId!: string;

  @Column({ type: 'jsonb' })
  changeset!: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  insertedAt!: Date;
}
