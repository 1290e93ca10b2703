import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A remote API an org owns. The password is sealed (libs/crypto SecretEnvelope). */
@Entity({ schema: 'catalog', name: 'services' })
export class Service {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'bigint' })
  orgId!: number;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'varchar', default: '' })
  host!: string;

  @Column({ type: 'varchar', default: '' })
  user!: string;

  @Column({ type: 'text', default: '' })
  password!: string;

  @Column({ type: 'varchar', nullable: true })
  path!: string | null;

  @Column({ type: 'varchar', nullable: true })
  sendingFrom!: string | null;

  @Column({ type: 'int', nullable: true })
  transactionalEmailBudget!: number | null;

  /** Rises when the secret of its webhook is replaced. */
  @Column({ type: 'int', default: 0 })
  webhookGeneration!: number;

  /** Signs what is pushed to a webhook, sealed; the text `whsec_…` as its reader has it. Read only where it is asked for. */
  @Column({ type: 'text', nullable: true, select: false })
  signingSecret?: string | null;

  /** Signs too, until `previousSecretUntil`. */
  @Column({ type: 'text', nullable: true, select: false })
  previousSigningSecret?: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true, select: false })
  previousSecretUntil?: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
