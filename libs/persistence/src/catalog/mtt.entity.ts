import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** Mail-to-target settings of a campaign. */
@Entity({ schema: 'catalog', name: 'mtt' })
export class Mtt {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  campaignId!: number;

  @Column({ type: 'timestamptz', precision: 3 })
  startAt!: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  endAt!: Date;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  stats!: Record<string, unknown>;

  @Column({ type: 'varchar', nullable: true })
  messageTemplate!: string | null;

  @Column({ type: 'varchar', nullable: true })
  testEmail!: string | null;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  ccContacts!: string[];

  @Column({ type: 'boolean', default: false })
  ccSender!: boolean;

  @Column({ type: 'int', nullable: true })
  maxEmailsPerHour!: number | null;

  @Column({ type: 'int', default: 300 })
  maxPerTargetPerDay!: number;

  @Column({ type: 'varchar', default: 'Etc/UTC' })
  timezone!: string;

  @Column({ type: 'boolean', nullable: true, default: true })
  dripDelivery!: boolean | null;

  /** Since when no mail goes to targets; null: it goes. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  pausedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
