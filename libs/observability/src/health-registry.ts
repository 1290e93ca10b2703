export type HealthState = 'up' | 'degraded' | 'down';

export interface CheckResult {
  state: HealthState;
  /** For operators, logs and `ready()`; never sent to HTTP clients. */
  detail?: string;
}

export interface CheckOptions {
  /** True when the service cannot do its work without it. False: it lives on, degraded. */
  critical: boolean;
}

export interface ReadyReport {
  /** False once a critical check is down. */
  ok: boolean;
  /** Names of checks that are degraded, or down without being critical. */
  degraded: string[];
  /** Names of critical checks that are down. */
  failed: string[];
  results: Record<string, CheckResult>;
}

export interface HealthOptions {
  /** How long one check may take, in ms; a slower one counts as down. */
  timeoutMs?: number;
  /** How long a result is reused, in ms, so that probes cost nothing. */
  keepMs?: number;
  /** Called when the state of a check turns out different from before (first time: from `up`). */
  onChange?: (name: string, result: CheckResult, before: HealthState) => void;
  now?: () => number;
}

type RunCheck = () => CheckResult | Promise<CheckResult>;

/** The named checks of one process. What either of two things can carry (broker or spool) is one critical check over
 *  both, beside a non-critical one for each. */
export class HealthRegistry {
  private readonly checks = new Map<string, KeptCheck>();

  constructor(private readonly options: HealthOptions = {}) {}

  /** Adds a check, which need not catch: throwing counts as down. A name can be taken once. */
  register(name: string, run: RunCheck, { critical }: CheckOptions): void {
    if (this.checks.has(name)) throw new Error(`health check "${name}" exists already`);
    this.checks.set(name, new KeptCheck(name, run, critical, this.options));
  }

  unregister(name: string): void {
    this.checks.delete(name);
  }

  /** Runs what is due, all at once; takes no longer than one timeout. */
  async ready(): Promise<ReadyReport> {
    const checks = [...this.checks.values()];
    const results = await Promise.all(checks.map((check) => check.result()));
    const report: ReadyReport = { ok: true, degraded: [], failed: [], results: {} };
    for (const [index, check] of checks.entries()) {
      const result = results[index]!;
      report.results[check.name] = result;
      if (result.state === 'up') continue;
      if (check.critical && result.state === 'down') report.failed.push(check.name);
      else report.degraded.push(check.name);
    }
    report.ok = report.failed.length === 0;
    return report;
  }
}

interface Run {
  result: Promise<CheckResult>;
  startedAt: number;
}

/** One check with its last result. A run that hangs is asked again, not started again, until it is given up after ten
 *  timeouts: so a dead connection costs little, and a check whose promise never settles still recovers. */
class KeptCheck {
  private last: CheckResult = { state: 'up' };
  private checkedAt = Number.NEGATIVE_INFINITY;
  private run: Run | undefined;
  private answering: Promise<CheckResult> | undefined;

  constructor(
    readonly name: string,
    private readonly check: RunCheck,
    readonly critical: boolean,
    private readonly options: HealthOptions,
  ) {}

  async result(): Promise<CheckResult> {
    if (this.now() - this.checkedAt < (this.options.keepMs ?? 500)) return this.last;
    this.answering ??= this.answer().finally(() => (this.answering = undefined));
    return this.answering;
  }

  private async answer(): Promise<CheckResult> {
    const result = await this.withinTimeout(this.runningOrNew().result);
    const before = this.last.state;
    this.last = result;
    this.checkedAt = this.now();
    if (result.state !== before) this.options.onChange?.(this.name, result, before);
    return result;
  }

  private runningOrNew(): Run {
    if (this.run && this.now() - this.run.startedAt < 10 * this.timeoutMs) return this.run;
    const run: Run = { startedAt: this.now(), result: this.checkSafely() };
    this.run = run;
    void run.result.then(() => {
      if (this.run === run) this.run = undefined;
    });
    return run;
  }

  private async checkSafely(): Promise<CheckResult> {
    try {
      return await this.check();
    } catch (error) {
      return { state: 'down', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  private async withinTimeout(running: Promise<CheckResult>): Promise<CheckResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CheckResult>((resolve) => {
      timer = setTimeout(
        () => resolve({ state: 'down', detail: `no answer within ${this.timeoutMs} ms` }),
        this.timeoutMs,
      );
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? 1000;
  }

  private now(): number {
    return (this.options.now ?? performance.now.bind(performance))();
  }
}
