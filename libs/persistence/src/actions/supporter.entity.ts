import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A person who acted with contact data, once per signature. Clear copies are null once delivered. */
@Entity({ schema: 'actions', name: 'supporters' })
export class Supporter {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  campaignId!: number;

  @Column({ type: 'bigint' })
  actionPageId!: number;

  @Column({ type: 'bigint', nullable: true })
  sourceId!: number | null;

  @Column({ type: 'bytea' })
  fingerprint!: Buffer;

  @Column({ type: 'varchar', nullable: true })
  firstName!: string | null;

  @Column({ type: 'varchar', nullable: true })
  lastName!: string | null;

  @Column({ type: 'varchar', nullable: true })
  email!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'varchar', nullable: true })
  area!: string | null;

  @Column({ type: 'smallint', default: 0 })
  processingStatus!: number;

  @Column({ type: 'smallint', default: 0 })
  emailStatus!: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  emailStatusChanged!: Date | null;

  @Column({ type: 'int', nullable: true })
  dupeRank!: number | null;

  @Column({ type: 'text', array: true })
  clearAtDeliver!: string[];

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
