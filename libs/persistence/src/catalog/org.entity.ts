import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** An organisation: collects on its pages, may lead campaigns. */
@Entity({ schema: 'catalog', name: 'orgs' })
export class Org {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column({ type: 'citext' })
  name!: string;

  @Column({ type: 'varchar' })
  title!: string;

  @Column({ type: 'smallint', default: 0 })
  contactSchema!: number;

  @Column({ type: 'smallint', default: 2 })
  actionSchemaVersion!: number;

  @Column({ type: 'boolean', default: false })
  highSecurity!: boolean;

  @Column({ type: 'boolean', default: false })
  doiThankYou!: boolean;

  @Column({ type: 'bigint', nullable: true })
  emailBackendId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  transactionalEmailBackendId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  storageBackendId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  eventBackendId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  detailBackendId!: number | null;

  @Column({ type: 'bigint', nullable: true })
  pushBackendId!: number | null;

  @Column({ type: 'varchar', nullable: true })
  emailFrom!: string | null;

  @Column({ type: 'boolean', nullable: true, default: true })
  replyEnabled!: boolean | null;

  @Column({ type: 'boolean', nullable: true, default: true })
  senderRewrite!: boolean | null;

  @Column({ type: 'boolean', default: false })
  supporterConfirm!: boolean;

  @Column({ type: 'varchar', nullable: true })
  supporterConfirmTemplate!: string | null;

  @Column({ type: 'boolean', default: false })
  customSupporterConfirm!: boolean;

  @Column({ type: 'boolean', default: false })
  customActionConfirm!: boolean;

  @Column({ type: 'boolean', default: false })
  customActionDeliver!: boolean;

  @Column({ type: 'boolean', default: false })
  customEventDeliver!: boolean;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  config!: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  insertedAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
