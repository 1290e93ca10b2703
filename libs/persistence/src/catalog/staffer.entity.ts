import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** Membership of a user in an org; `perms` is a bit mask. */
@Entity({ schema: 'catalog', name: 'staffers' })
export class Staffer {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  userId!: number;

  @Column({ type: 'bigint' })
  orgId!: number;

  @Column({ type: 'int', default: 0 })
  perms!: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastSigninAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
