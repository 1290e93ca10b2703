import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { cryptoReady, type SecretEnvelope } from '@groundswell/crypto';
import { JobControl, JobQueue, JobRunner } from '@groundswell/jobs';
import { BrokerConnections, Publisher } from '@groundswell/messaging';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Catalogue, TopologyGate } from '@groundswell/persistence';
import { ContactSealer, SubmissionBuilder } from '@groundswell/submissions';
import { ForgetUploadHandler } from './forget-upload.handler';
import { ImportActionsHandler } from './import-actions.handler';
import { ImportDesk } from './import-desk';
import { PartitionRoom } from './partition-room';
import { RowPublisher } from './row-publisher';
import { rowSubmissions } from './row-submissions';
import { SigningWatch } from './signing-watch';

export interface ImportingSettings {
  /** The gateway's: contact references must not differ. */
  fingerprintSeed: string | null;
  formerSeeds: readonly string[];
  /** Opens the instance org's key. */
  envelope: SecretEnvelope | null;
  instanceOrgName: string;
  /** Rows published by this process, at most: while nobody acts, and beside people. */
  rowsPerSecond: number;
  rowsPerSecondBesidePeople: number;
}

/** Files of actions, row by row into the partitions (docs/import.md). Needs the global module of the object store. */
@Module({})
export class ImportingModule implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(PartitionRoom) private readonly room: PartitionRoom) {}

  static forRoot(settings: ImportingSettings): DynamicModule {
    return {
      module: ImportingModule,
      global: true,
      providers: [
        {
          provide: PartitionRoom,
          inject: [BrokerConnections],
          // Asking must not wait behind an alarm that blocks publishers.
          useFactory: ({ consume }: BrokerConnections) => new PartitionRoom(consume),
        },
        {
          provide: RowPublisher,
          inject: [Publisher, TopologyGate, PartitionRoom, SigningWatch],
          useFactory: (publisher: Publisher, queues: TopologyGate, room: PartitionRoom, people: SigningWatch) =>
            new RowPublisher({ publisher, queues, room, people, ...settings }),
        },
        {
          provide: rowSubmissions,
          inject: [Catalogue],
          useFactory: (catalogue: Catalogue) => builderFor(settings, catalogue),
        },
        {
          provide: ImportDesk,
          inject: [Catalogue, JobQueue, JobControl, JobRunner, objectStore, rowSubmissions],
          useFactory: (
            catalogue: Catalogue,
            queue: JobQueue,
            control: JobControl,
            runner: JobRunner,
            store: ObjectStore | null,
            builder: SubmissionBuilder | null,
          ) => new ImportDesk({ catalogue, queue, control, runner, isConfigured: store !== null && builder !== null }),
        },
        SigningWatch,
        ImportActionsHandler,
        ForgetUploadHandler,
      ],
      exports: [ImportDesk, SigningWatch],
    };
  }

  async onModuleInit(): Promise<void> {
    this.room.start();
    await cryptoReady();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.room.stop();
  }
}

/** Null: without seed and key nobody can tell who a row is about. */
const builderFor = (
  { fingerprintSeed, formerSeeds, envelope, instanceOrgName }: ImportingSettings,
  catalogue: Catalogue,
): SubmissionBuilder | null =>
  fingerprintSeed !== null && envelope !== null
    ? new SubmissionBuilder(new ContactSealer(catalogue, envelope, instanceOrgName), fingerprintSeed, formerSeeds)
    : null;
