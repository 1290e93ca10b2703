import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** The code by which a moderator decides an action. */
@Entity({ schema: 'actions', name: 'action_confirms' })
export class ActionConfirm {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  actionId!: number;

  @Column({ type: 'varchar' })
  code!: string;

  @Column({ type: 'int', default: 1 })
  charges!: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
