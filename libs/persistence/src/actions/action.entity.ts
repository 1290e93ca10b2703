import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** What a supporter did on a page. Without supporter it waits under `ref` (base64url text as bytes). */
@Entity({ schema: 'actions', name: 'actions' })
export class Action {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bytea', nullable: true })
  ref!: Buffer | null;

  @Column({ type: 'bigint', nullable: true })
  supporterId!: number | null;

  @Column({ type: 'varchar' })
  actionType!: string;

  @Column({ type: 'bigint', nullable: true })
  campaignId!: number | null;

  @Column({ type: 'bigint' })
  actionPageId!: number;

  @Column({ type: 'bigint', nullable: true })
  sourceId!: number | null;

  @Column({ type: 'boolean', default: false })
  withConsent!: boolean;

  @Column({ type: 'jsonb' })
  fields!: Record<string, unknown>;

  @Column({ type: 'smallint', default: 0 })
  processingStatus!: number;

  @Column({ type: 'boolean', default: false })
  testing!: boolean;

  @Column({ type: 'boolean', default: false })
  noMail!: boolean;

  @Column({ type: 'jsonb', nullable: true })
  mtt!: Record<string, unknown> | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
