import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** Where an action came from; rows are shared and never updated. */
@Entity({ schema: 'actions', name: 'sources' })
export class Source {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'varchar' })
  source!: string;

  @Column({ type: 'varchar' })
  medium!: string;

  @Column({ type: 'varchar' })
  campaign!: string;

  @Column({ type: 'varchar' })
  content!: string;

  @Column({ type: 'varchar' })
  location!: string;

  /** SHA-256 of the five: longer texts than an index entry may be. */
  @Column({ type: 'bytea' })
  hash!: Buffer;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
