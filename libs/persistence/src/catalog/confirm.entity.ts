import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A code that lets someone accept or reject an operation. */
@Entity({ schema: 'catalog', name: 'confirms' })
export class Confirm {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'smallint' })
  operation!: number;

  @Column({ type: 'bigint' })
  subjectId!: number;

  @Column({ type: 'bigint', nullable: true })
  objectId!: number | null;

  @Column({ type: 'varchar', nullable: true })
  email!: string | null;

  @Column({ type: 'varchar' })
  code!: string;

  @Column({ type: 'int', default: 1 })
  charges!: number;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ type: 'bigint', nullable: true })
  creatorId!: number | null;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt!: Date;

  /** How often the code came with another address or object than its own. */
  @Column({ type: 'int', default: 0 })
  wrongAttempts!: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
