import type { Logger } from '@groundswell/observability';

/** Who raises alarms: the rounds, or the looks at the queues' figures. */
export type AlarmSource = 'round' | 'look';

/** What someone must look at now. Each is logged when it appears and when it is over, not in every round. */
export class Alarms {
  private readonly current = new Map<AlarmSource, ReadonlySet<string>>();

  constructor(private readonly logger: Logger) {}

  get all(): string[] {
    return [...this.current.values()].flatMap((texts) => [...texts]);
  }

  /** All of this source that stand now, as texts without figures that change. */
  replace(source: AlarmSource, texts: Iterable<string>): void {
    const before = this.current.get(source) ?? new Set();
    const next = new Set(texts);
    for (const alarm of next) if (!before.has(alarm)) this.logger.error({ alarm }, 'topology alarm');
    for (const alarm of before) if (!next.has(alarm)) this.logger.info({ alarm }, 'topology alarm is over');
    this.current.set(source, next);
  }

  /** Another replica looks now: whether they stand is its to say. */
  forget(source: AlarmSource): void {
    this.current.delete(source);
  }
}
