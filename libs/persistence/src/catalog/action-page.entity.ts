import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A page (widget) of a campaign, owned by the org that collects on it. */
@Entity({ schema: 'catalog', name: 'action_pages' })
export class ActionPage {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'citext' })
  name!: string;

  @Column({ type: 'varchar' })
  locale!: string;

  @Column({ type: 'bigint' })
  orgId!: number;

  @Column({ type: 'bigint' })
  campaignId!: number;

  @Column({ type: 'boolean', default: true })
  delivery!: boolean;

  @Column({ type: 'boolean', default: false })
  live!: boolean;

  @Column({ type: 'int', default: 0 })
  extraSupporters!: number;

  @Column({ type: 'varchar', nullable: true })
  thankYouTemplate!: string | null;

  @Column({ type: 'varchar', nullable: true })
  supporterConfirmTemplate!: string | null;

  @Column({ type: 'varchar', nullable: true })
  duplicateTemplate!: string | null;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  config!: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
