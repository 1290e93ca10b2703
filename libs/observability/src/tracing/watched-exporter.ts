import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** As `@opentelemetry/core` has it; that package is not ours to import. */
type ExportDone = Parameters<SpanExporter['export']>[1];

/** How often it is said that spans get lost, ms. */
const tellEveryMs = 60_000;
const exported = 0;

/** Passes spans on and says, now and then, that they do not arrive. To whoever hands it spans all went well: a collector that is
 *  away is nobody else's trouble. */
export class WatchedExporter implements SpanExporter {
  private lost = 0;
  private toldAt = -Infinity;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: { warn(fields: object, text: string): void },
    private readonly now: () => number = () => performance.now(),
  ) {}

  export(spans: ReadableSpan[], done: ExportDone): void {
    this.exporter.export(spans, ({ code, error }) => {
      if (code !== exported) this.note(spans.length, error);
      done({ code: exported });
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  private note(count: number, error: Error | undefined): void {
    this.lost += count;
    const now = this.now();
    if (now - this.toldAt < tellEveryMs) return;
    this.logger.warn({ lost: this.lost, reason: error?.message ?? 'refused' }, 'spans do not reach the collector');
    this.toldAt = now;
    this.lost = 0;
  }
}
