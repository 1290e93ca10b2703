import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Subject and body of mails to targets, shared by the messages of one action. */
@Entity({ schema: 'actions', name: 'message_contents' })
export class MessageContent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'text' })
  body!: string;
}
