import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { procaMetricNames } from './proca-names';

const ownName = /^groundswell_[a-z0-9_]+$/;
const procaNames: ReadonlySet<string> = new Set(procaMetricNames);

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** A metric as it is declared, whether it has a value yet or not. */
export interface DescribedMetric {
  name: string;
  kind: MetricKind;
  help: string;
  /** Beside `service`, which each has. */
  labels: string[];
}

type Labels<L extends string> = Readonly<Record<L, string | number>>;

/** The metrics of one service. Each is made at its first call and shared by every later one of the same name. */
export class Metrics {
  readonly contentType: string;
  private readonly registry = new Registry();
  private readonly own = new Map<string, DescribedMetric>();
  private readonly looks = new Set<() => void>();
  private isSealed = false;

  /** `service` becomes a label of every metric. Node's own (process_…, nodejs_…) come along unless switched off. */
  constructor(service: string, options: { withProcessMetrics?: boolean } = {}) {
    this.contentType = this.registry.contentType;
    this.registry.setDefaultLabels({ service });
    if (options.withProcessMetrics ?? true) collectDefaultMetrics({ register: this.registry });
  }

  /**
   * A name starts with `groundswell_`, and then a counter's ends in `_total`, or is one of `procaMetricNames`. `known`: series
   * that are 0 from the start, so that the first event is an increase. Throws when the name is another kind of metric.
   */
  counter<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    known: readonly Labels<L>[] = [],
  ): Counter<L> {
    return this.getOrCreate({ name, kind: 'counter', help, labels: [...labelNames] }, Counter<L>, () => {
      const counter = new Counter({ name, help, labelNames, registers: [this.registry] });
      for (const labels of known) counter.inc(labels, 0);
      return counter;
    });
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    const make = () => new Gauge({ name, help, labelNames, registers: [this.registry] });
    return this.getOrCreate({ name, kind: 'gauge', help, labels: [...labelNames] }, Gauge<L>, make);
  }

  /** `buckets` are upper bounds in the unit the name ends with (`_seconds`, `_bytes`; `_ms`, `_time` and `_duration` of Proca's
   *  are milliseconds). */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets?: readonly number[],
  ): Histogram<L> {
    const make = () =>
      new Histogram({ name, help, labelNames, registers: [this.registry], ...(buckets && { buckets: [...buckets] }) });
    return this.getOrCreate({ name, kind: 'histogram', help, labels: [...labelNames] }, Histogram<L>, make);
  }

  /** `look` sets figures that the process has in memory anyway, each time somebody reads them. It must not wait or throw. */
  onScrape(look: () => void): void {
    this.looks.add(look);
  }

  /** From now on a metric that is not there yet is a mistake, and throws: what a service shows is declared at its start. */
  seal(): void {
    this.isSealed = true;
  }

  /** What was made here, Node's own left out, by name. */
  described(): DescribedMetric[] {
    return [...this.own.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All of them in the Prometheus text format, of type `contentType`. */
  text(): Promise<string> {
    for (const look of this.looks) look();
    return this.registry.metrics();
  }

  private getOrCreate<M extends object>(
    metric: DescribedMetric,
    kind: abstract new (...args: never[]) => M,
    make: () => M,
  ): M {
    const { name } = metric;
    const existing = this.registry.getSingleMetric(name);
    if (existing instanceof kind) return existing;
    if (existing) throw new Error(`metric "${name}" exists as another kind`);
    if (!ownName.test(name) && !procaNames.has(name)) {
      throw new Error(
        `metric "${name}" must start with groundswell_ and use a-z, 0-9 and _, or be one of email-and-mtt.md §8.2`,
      );
    }
    if (this.isSealed) {
      throw new Error(`metric "${name}" is not declared at the start of the service (docs/metrics.md)`);
    }
    this.own.set(name, metric);
    return make();
  }
}
