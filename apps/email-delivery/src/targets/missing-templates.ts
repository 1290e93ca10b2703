import type { Logger } from '@groundswell/observability';
import type { MailMetrics } from '../sending/mail-metrics';
import { BoundedCache } from '../templates/bounded-cache';

export interface MissingTemplate {
  orgId: number;
  campaignId: number | null;
  template: string;
  locale: string | null;
}

const tellAgainMs = 600_000;
const maxTold = 1_000;

/** Says of each template that mails to targets do without that it is missing: in the log not once a mail, counted each time. */
export class MissingTemplates {
  private readonly told = new BoundedCache<string, number>({ maxEntries: maxTold, maxChars: Number.MAX_SAFE_INTEGER });

  constructor(
    private readonly logger: Pick<Logger, 'error'>,
    private readonly metrics: Pick<MailMetrics, 'templateMissing'>,
    private readonly now: () => number = Date.now,
  ) {}

  tell(missing: MissingTemplate): void {
    this.metrics.templateMissing(missing.campaignId);
    const key = JSON.stringify(missing);
    const toldAt = this.told.get(key);
    if (toldAt !== undefined && this.now() - toldAt < tellAgainMs) return;
    this.told.set(key, this.now(), key.length);
    this.logger.error(missing, 'the template of mails to targets is missing: they go without');
  }
}
