import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A campaign, led by `orgId`. Tri-state flags: null inherits the org's setting. */
@Entity({ schema: 'catalog', name: 'campaigns' })
export class Campaign {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'citext' })
  name!: string;

  @Column({ type: 'int', nullable: true })
  externalId!: number | null;

  @Column({ type: 'varchar' })
  title!: string;

  @Column({ type: 'bigint', nullable: true })
  orgId!: number | null;

  @Column({ type: 'smallint', default: 1 })
  status!: number;

  @Column({ type: 'boolean', default: false })
  forceDelivery!: boolean;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  publicActions!: string[];

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  transientActions!: string[];

  @Column({ type: 'smallint', default: 0 })
  contactSchema!: number;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  config!: Record<string, unknown>;

  @Column({ type: 'boolean', nullable: true })
  supporterConfirm!: boolean | null;

  @Column({ type: 'varchar', nullable: true })
  supporterConfirmTemplate!: string | null;

  @Column({ type: 'boolean', nullable: true })
  actionConfirm!: boolean | null;

  @Column({ type: 'date', nullable: true })
  startDate!: string | null;

  @Column({ type: 'date', nullable: true })
  endDate!: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
