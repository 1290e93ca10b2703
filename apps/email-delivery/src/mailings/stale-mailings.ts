import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database } from '@groundswell/persistence';
import { MailingRepository } from './mailing.repository';

/** Mailings nobody should send any more: nothing happened to them for long, or their org or campaign is gone. They fail, so
 *  that a person decides. Looked for before anything is sent, also by a process that was away. */
export class StaleMailings {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'campaigns'>,
    private readonly logger: Logger,
    private readonly maxAgeMs: number,
  ) {}

  /** Returns whether there is anything to send. */
  async fail(): Promise<boolean> {
    const underWay = await this.database.run((manager) => new MailingRepository(manager).underWay());
    if (underWay.length === 0) return false;
    const { orgs, campaigns } = this.catalogue;
    const orgIds = underWay.map(({ orgId }) => orgId).filter((id) => isGone(orgs.get(id)));
    const campaignIds = underWay.flatMap(({ campaignId: id }) =>
      id !== null && isGone(campaigns.get(id)) ? [id] : [],
    );
    const failed = await this.database.run((manager) =>
      new MailingRepository(manager).failStale(this.maxAgeMs, { orgIds, campaignIds }),
    );
    for (const mailing of failed) this.logger.warn({ mailing }, 'a mailing is no longer sent');
    return true;
  }
}

const isGone = (row: { deletedAt: Date | null } | undefined): boolean => row === undefined || row.deletedAt !== null;
