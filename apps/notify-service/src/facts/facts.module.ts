import { Global, Module } from '@nestjs/common';
import { FactReaders } from './fact-readers';
import { FactsHandler } from './facts.handler';

/** Facts, for every feature: it adds a reader to FactReaders. */
@Global()
@Module({
  controllers: [FactsHandler],
  providers: [{ provide: FactReaders, useFactory: () => new FactReaders() }],
  exports: [FactReaders],
})
export class FactsModule {}
