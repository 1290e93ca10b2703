import { partitionCount } from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import type { Catalogue, Database } from '@groundswell/persistence';
import { AttachmentRepository } from '../attachments/attachment.repository';
import { EnrichmentRemover } from '../enriching/enrichment-remover';
import { lockPartitions } from '../storing/partition-locks';
import { RetainedContactRepository, type RetentionScope } from './retained-contact.repository';
import { retentionRule } from './retention-rule';
import { RetentionRunRepository, type RetentionRun } from './retention-run.repository';

/** Records looked at together; what goes of them goes in one transaction per partition. */
const pageSize = 1_000;

/**
 * Carries out one clean-up, page by page (email-and-mtt.md §3.4). Each transaction takes the lock that storing takes and
 * looks again: a signature that arrives in between protects its person, or finds the older records gone. Twice is safe,
 * side by side too, and an interrupted run goes on where it was.
 */
export class ContactRetention {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
  ) {}

  /** At most `pages` of them. True once the run is finished. */
  async carryOn(run: RetentionRun, pages: number): Promise<boolean> {
    const scope = this.scopeOf(run);
    const refusal = 'error' in scope ? scope.error : run.afterSupporter === 0 ? await this.refusal(scope) : null;
    if ('error' in scope || refusal !== null) {
      await this.database.run((manager) => new RetentionRunRepository(manager).finish(run.id, refusal));
      return true;
    }
    let at = run;
    for (let page = 0; page < pages; page += 1) {
      const after = await this.takePage(at, scope);
      if (after === 'moved by another') return false;
      if (after === 'end') {
        await this.database.run((manager) => new RetentionRunRepository(manager).finish(run.id, null));
        return true;
      }
      at = { ...at, afterSupporter: after };
    }
    return false;
  }

  private scopeOf({ orgId, campaignId, mode, months }: RetentionRun): RetentionScope | { error: string } {
    const rule = retentionRule(mode, months);
    if ('error' in rule) return rule;
    if (!this.catalogue.orgs.get(orgId)) return { error: 'no such org' };
    if (campaignId !== null && !this.catalogue.campaigns.get(campaignId)) return { error: 'no such campaign' };
    return { ...rule, orgId, campaignId };
  }

  private async refusal(scope: RetentionScope): Promise<string | null> {
    const isWaiting = await this.database.run((manager) =>
      new RetainedContactRepository(manager).hasUnsentMessages(scope),
    );
    return isWaiting ? 'there are unsent mails to targets' : null;
  }

  private async takePage(run: RetentionRun, scope: RetentionScope): Promise<number | 'end' | 'moved by another'> {
    const ids = await this.database.run((manager) =>
      new RetainedContactRepository(manager).supportersAfter(scope.orgId, run.afterSupporter, pageSize),
    );
    const last = ids.at(-1);
    if (last === undefined) return 'end';
    const isMine = await (run.isDry ? this.countPage(run, scope, ids, last) : this.removePage(run, scope, ids, last));
    return isMine ? last : 'moved by another';
  }

  private countPage(run: RetentionRun, scope: RetentionScope, ids: number[], last: number): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const counted = await new RetainedContactRepository(manager).count(scope, ids);
      return new RetentionRunRepository(manager).advance(run, last, counted);
    });
  }

  private async removePage(run: RetentionRun, scope: RetentionScope, ids: number[], last: number): Promise<boolean> {
    let left = ids;
    while (left.length > 0) {
      const found = await this.database.run((manager) => new RetainedContactRepository(manager).eligible(scope, left));
      const elsewhere: number[] = [];
      for (const [partition, supporterIds] of byPartition(found)) {
        elsewhere.push(...(await this.removeOfPartition(run, scope, partition, supporterIds)));
      }
      left = elsewhere;
    }
    const nothing = { contacts: 0, supporters: 0 };
    return this.database.run((manager) => new RetentionRunRepository(manager).advance(run, last, nothing));
  }

  /** Returns those whose person got a reference of another partition meanwhile. */
  private removeOfPartition(
    run: RetentionRun,
    scope: RetentionScope,
    partition: number,
    supporterIds: number[],
  ): Promise<number[]> {
    return this.database.transaction(async (manager) => {
      await lockPartitions(manager, [partition]);
      const contacts = new RetainedContactRepository(manager);
      const present = byPartition(await contacts.eligible(scope, supporterIds));
      const here = present.get(partition) ?? [];
      await contacts.remove(run.id, scope, here);
      await new EnrichmentRemover(manager).ofSupporters(here);
      await new AttachmentRepository(manager).removeOfForgotten(here);
      present.delete(partition);
      return [...present.values()].flat();
    });
  }
}

function byPartition(supporters: { id: number; fingerprint: Buffer }[]): Map<number, number[]> {
  const ids = new Map<number, number[]>();
  for (const { id, fingerprint } of supporters) {
    const partition = partitionOfRef(fingerprint, partitionCount);
    ids.set(partition, [...(ids.get(partition) ?? []), id]);
  }
  return ids;
}
