import type { Logger } from '@groundswell/observability';

/** What someone must look at now. Each is logged when it appears and when it is over, not in every round. */
export class Alarms {
  private current = new Set<string>();

  constructor(private readonly logger: Logger) {}

  get all(): string[] {
    return [...this.current];
  }

  /** All that stand now, as texts without figures that change. */
  replace(texts: Iterable<string>): void {
    const next = new Set(texts);
    for (const alarm of next) if (!this.current.has(alarm)) this.logger.error({ alarm }, 'topology alarm');
    for (const alarm of this.current) if (!next.has(alarm)) this.logger.info({ alarm }, 'topology alarm is over');
    this.current = next;
  }
}
