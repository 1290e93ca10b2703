import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A token of a user: SHA-256 of its bytes. Validity of context `api` slides with `lastSeenAt`. */
@Entity({ schema: 'catalog', name: 'users_tokens' })
export class UserToken {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  userId!: number;

  @Column({ type: 'bytea' })
  token!: Buffer;

  @Column({ type: 'varchar' })
  context!: string;

  @Column({ type: 'varchar', nullable: true })
  sentTo!: string | null;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  insertedAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  lastSeenAt!: Date;
}
