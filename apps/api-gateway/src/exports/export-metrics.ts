import { LabelCap, type Metrics } from '@groundswell/observability';

/** Orgs that have a series of their own. */
const mostOrgs = 500;

/** Pages of exports, by whose they are (email-and-mtt.md §8.2). */
export class ExportMetrics {
  private readonly pages;
  private readonly milliseconds;
  private readonly orgs = new LabelCap(mostOrgs);

  constructor(metrics: Metrics) {
    this.pages = metrics.counter(
      'proca_exporter_export_actions_count',
      'Pages of actions or contacts that were exported',
      ['org_id'],
    );
    this.milliseconds = metrics.counter(
      'proca_exporter_export_actions_export_time',
      'What those pages took, added up, ms',
      ['org_id'],
    );
  }

  count(orgId: number, ms: number): void {
    const labels = { org_id: this.orgs.of(orgId) };
    this.pages.inc(labels);
    this.milliseconds.inc(labels, ms);
  }
}
