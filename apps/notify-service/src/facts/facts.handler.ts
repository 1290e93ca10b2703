import { Inject, Injectable } from '@nestjs/common';
import { Consumes, done, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import { FactReaders } from './fact-readers';
import type { NotifyFact } from './notify-fact';

/** Hands facts to the features that act on them. Twice and out of order is safe: it is for each of them. */
@Consumes('facts')
@Injectable()
export class FactsHandler implements BatchHandler<NotifyFact> {
  constructor(@Inject(FactReaders) private readonly readers: FactReaders) {}

  async handleBatch(items: BatchItem<NotifyFact>[]): Promise<Outcome[]> {
    await this.readers.read(items.map(({ message }) => message));
    return items.map(() => done());
  }
}
