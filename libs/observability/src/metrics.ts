import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const ownName = /^groundswell_[a-z0-9_]+$/;

/** The metrics of one service. Each is made at its first call and shared by every later one of the same name. */
export class Metrics {
  readonly contentType: string;
  private readonly registry = new Registry();

  /** `service` becomes a label of every metric. Node's own (process_…, nodejs_…) come along unless switched off. */
  constructor(service: string, options: { withProcessMetrics?: boolean } = {}) {
    this.contentType = this.registry.contentType;
    this.registry.setDefaultLabels({ service });
    if (options.withProcessMetrics ?? true) collectDefaultMetrics({ register: this.registry });
  }

  /** A name starts with `groundswell_`; a counter's ends in `_total`. Throws when the name is another kind of metric. */
  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    const make = () => new Counter({ name, help, labelNames, registers: [this.registry] });
    return this.getOrCreate(name, Counter<L>, make);
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    const make = () => new Gauge({ name, help, labelNames, registers: [this.registry] });
    return this.getOrCreate(name, Gauge<L>, make);
  }

  /** `buckets` are upper bounds in the unit the name ends with (`_seconds`, `_bytes`). */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets?: readonly number[],
  ): Histogram<L> {
    const make = () =>
      new Histogram({ name, help, labelNames, registers: [this.registry], ...(buckets && { buckets: [...buckets] }) });
    return this.getOrCreate(name, Histogram<L>, make);
  }

  /** All of them in the Prometheus text format, of type `contentType`. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private getOrCreate<M extends object>(name: string, kind: abstract new (...args: never[]) => M, make: () => M): M {
    const existing = this.registry.getSingleMetric(name);
    if (existing instanceof kind) return existing;
    if (existing) throw new Error(`metric "${name}" exists as another kind`);
    if (!ownName.test(name)) throw new Error(`metric "${name}" must start with groundswell_ and use a-z, 0-9 and _`);
    return make();
  }
}
