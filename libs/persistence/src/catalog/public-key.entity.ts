import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A key of an org. `private` is sealed and only there for the instance org. */
@Entity({ schema: 'catalog', name: 'public_keys' })
export class PublicKey {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  orgId!: number;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'bytea' })
  public!: Buffer;

  @Column({ type: 'text', nullable: true })
  private!: string | null;

  @Column({ type: 'boolean', default: false })
  active!: boolean;

  @Column({ type: 'boolean', default: false })
  expired!: boolean;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
