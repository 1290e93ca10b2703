import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** One org's copy of a supporter's contact data: box-encrypted, or JSON text when the org has no key. */
@Entity({ schema: 'actions', name: 'contacts' })
export class Contact {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  supporterId!: number;

  @Column({ type: 'bigint' })
  orgId!: number;

  @Column({ type: 'bytea' })
  payload!: Buffer;

  @Column({ type: 'bytea', nullable: true })
  cryptoNonce!: Buffer | null;

  @Column({ type: 'bigint', nullable: true })
  publicKeyId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  signKeyId!: number | null;

  @Column({ type: 'boolean', nullable: true })
  communicationConsent!: boolean | null;

  @Column({ type: 'text', array: true })
  communicationScopes!: string[];

  @Column({ type: 'boolean', default: false })
  deliveryConsent!: boolean;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
