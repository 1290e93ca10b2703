import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A mail to one target, made by an action. */
@Entity({ schema: 'actions', name: 'messages' })
export class Message {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  actionId!: number;

  @Column({ type: 'bigint' })
  messageContentId!: number;

  @Column({ type: 'uuid' })
  targetId!: string;

  @Column({ type: 'text', array: true })
  files!: string[];

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
