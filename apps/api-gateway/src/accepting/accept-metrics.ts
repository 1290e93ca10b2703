import { Tally, type Metrics, type TallySlot } from '@groundswell/observability';
import { tooLargeError } from '@groundswell/domain';
import { ApiError, InputError } from '../api/api-error';

/** How a message became durable. */
export type DurablePath = 'broker' | 'spool';

const publishBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const actionAttributes = new Set<string | number | undefined>(['actionType', 'fields', 'donation', 'mtt', 'linkRefs']);

/** Figures of the accept path: what happens to each signature is counted in plain numbers. */
export class AcceptMetrics {
  private readonly accepted: Record<DurablePath, TallySlot>;
  private readonly publishSeconds: Record<'confirmed' | 'failed', { observe(seconds: number): void }>;
  private readonly refusals;
  private readonly spooledFor;
  private readonly spooling;
  private readonly reminders;

  constructor(metrics: Metrics) {
    const accepted = metrics.counter(
      'groundswell_gateway_accepted_total',
      'Submissions and commands made durable, by the path that made them so',
      ['path'],
    );
    const tally = new Tally(metrics, accepted);
    this.accepted = { broker: tally.slot({ path: 'broker' }), spool: tally.slot({ path: 'spool' }) };
    const publishSeconds = metrics.histogram(
      'groundswell_gateway_publish_seconds',
      'Time from publish to the answer of the broker, or to giving up',
      ['outcome'],
      publishBuckets,
    );
    this.publishSeconds = {
      confirmed: publishSeconds.labels('confirmed'),
      failed: publishSeconds.labels('failed'),
    };
    this.refusals = metrics.counter(
      'groundswell_gateway_refused_total',
      'Submissions refused',
      ['reason'],
      [{ reason: 'unavailable' }, { reason: 'fault' }],
    );
    this.spooling = metrics.gauge('groundswell_gateway_spool_unsettled', 'Requests that wait for the spool to commit');
    this.spooledFor = metrics.counter(
      'groundswell_gateway_spooled_total',
      'Submissions and commands given to the spool, by what kept them from the broker',
      ['cause'],
    );
    this.reminders = metrics.counter('groundswell_gateway_reminder_links_total', 'Links followed from a reminder', [
      'link',
    ]);
  }

  /** Looked at when somebody reads the metrics. */
  watchSpool(metrics: Metrics, spool: { readonly unsettledCount: number }): void {
    metrics.onScrape(() => this.spooling.set(spool.unsettledCount));
  }

  countAccepted(path: DurablePath): void {
    this.accepted[path].count += 1;
  }

  countSpooled(cause: string): void {
    this.spooledFor.inc({ cause });
  }

  countRefused(error: unknown): void {
    this.refusals.inc({ reason: refusalReason(error) });
  }

  countReminder(link: 'confirm' | 'double_opt_in'): void {
    this.reminders.inc({ link });
  }

  observePublish(outcome: 'confirmed' | 'failed', milliseconds: number): void {
    this.publishSeconds[outcome].observe(milliseconds / 1_000);
  }
}

/** A short fixed word per kind of refusal, for the metric. */
export function refusalReason(error: unknown): string {
  if (error instanceof InputError) {
    const [first] = error.problems;
    if (first?.message === tooLargeError) return 'too_large';
    return actionAttributes.has(first?.path[0]) ? 'invalid_action' : 'invalid_contact';
  }
  if (!(error instanceof ApiError)) return 'fault';
  if (error.code !== null) return error.code;
  return error.message.startsWith('contact_ref') ? 'undecodable_ref' : 'unknown_page';
}
