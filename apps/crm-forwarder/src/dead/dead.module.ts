import { Module } from '@nestjs/common';
import { Database, ParkedRepository } from '@groundswell/persistence';
import { DeadMessageHandler } from './dead-message.handler';

/** Messages of every service that could not be brought home (processing.md §7.4). */
@Module({
  controllers: [DeadMessageHandler],
  providers: [
    {
      provide: ParkedRepository,
      inject: [Database],
      useFactory: (database: Database) => new ParkedRepository(database, 'forwarder'),
    },
  ],
})
export class DeadModule {}
