import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** Who gets the mail of a campaign. */
@Entity({ schema: 'catalog', name: 'targets' })
export class Target {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'varchar' })
  externalId!: string;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'varchar', nullable: true })
  locale!: string | null;

  @Column({ type: 'varchar', nullable: true })
  area!: string | null;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  fields!: Record<string, unknown>;

  @Column({ type: 'bigint', nullable: true })
  campaignId!: number | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
