import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database } from '@groundswell/persistence';
import { PreparationRepository, type PreparedCounts, type UnpreparedMailing } from './preparation.repository';

/** Above this share of missing recipients somebody should look, of those announced. */
const reportedDifference = 0.01;

/** Leaves out who must not get a mailing and puts the others into batches. One transaction: an interrupted preparation
 *  leaves nothing, and of two replicas one does it. */
export class MailingPreparation {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Pick<Catalogue, 'orgs'>,
    private readonly logger: Logger,
    private readonly batchSize: number,
  ) {}

  /** Returns whether there was one. */
  async prepareNext(): Promise<boolean> {
    const prepared = await this.database.transaction(async (manager) => {
      const repository = new PreparationRepository(manager);
      const mailing = await repository.next();
      return mailing && { mailing, counts: await this.prepare(repository, mailing) };
    });
    if (prepared) this.tell(prepared.mailing, prepared.counts);
    return prepared !== null;
  }

  private async prepare(repository: PreparationRepository, { id, orgId }: UnpreparedMailing): Promise<PreparedCounts> {
    await repository.exclude(id, this.catalogue.orgs.get(orgId)?.emailBackendId ?? null);
    let number = 0;
    for (const segment of await repository.segments(id)) {
      let before: number | null = null;
      do {
        number += 1;
        before = await repository.buildBatch(id, { number, segment, before, size: this.batchSize });
      } while (before !== null);
      number -= 1;
    }
    const counts = await repository.counts(id);
    const { candidates, excluded, recipients, inBatches } = counts;
    if (candidates !== recipients + excluded || recipients !== inBatches) {
      throw new Error(`batches of mailing ${id} hold ${inBatches} of ${candidates} recipients, ${excluded} left out`);
    }
    await repository.freeze(id, counts);
    return counts;
  }

  private tell({ purpose, orgId, announced }: UnpreparedMailing, counts: PreparedCounts): void {
    const { candidates, excluded, recipients, batches } = counts;
    const fields = { mailing: purpose, orgId, announced, candidates, excluded, recipients, batches };
    const isDifferent = Math.abs(announced - candidates) >= Math.max(1, announced * reportedDifference);
    if (isDifferent) this.logger.warn(fields, 'a mailing has other recipients than announced');
    else this.logger.info(fields, 'mailing prepared');
  }
}
