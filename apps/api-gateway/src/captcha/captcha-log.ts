import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { CaptchaCheck, CaptchaCheckRepository } from './captcha-check.repository';

interface CaptchaLogger {
  warn(fields: object, text: string): void;
}

const flushEveryMs = 1_000;
/** Rows of one statement. */
const mostAtOnce = 1_000;
/** What may wait while the database is away: some 20 MB. The oldest go first. */
const mostWaiting = 100_000;
const longestMethod = 64;

/** Writes down which submissions came with a captcha, together every second: signing never waits for the database. A
 *  process that is killed loses the last second. */
export class CaptchaLog implements OnModuleInit, BeforeApplicationShutdown {
  private waiting: CaptchaCheck[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;
  private isFailing = false;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly checks: Pick<CaptchaCheckRepository, 'insert'>,
    private readonly logger: CaptchaLogger,
  ) {}

  note(check: CaptchaCheck): void {
    this.waiting.push({ ...check, method: storable(check.method) });
    if (this.waiting.length > mostWaiting) this.waiting.splice(0, this.waiting.length - mostWaiting);
    if (this.isClosing) void this.flush();
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  /** Requests in hand may still add some, which are then written at once. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isClosing = true;
    await this.flush();
  }

  /** One at a time; what could not be written waits for the next one. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.writeAll());
    return this.flushing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const taken = this.waiting.splice(0, mostAtOnce);
      try {
        await this.checks.insert(taken);
        this.isFailing = false;
      } catch (error) {
        this.waiting.unshift(...taken);
        this.warnOnce(error);
        return;
      }
    }
  }

  private warnOnce(error: unknown): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.logger.warn({ err: error }, 'captcha checks not written, will be retried every second');
  }
}

/** The provider's word, as Postgres takes it. */
const storable = (method: string | null): string | null => method?.replaceAll('\0', '').slice(0, longestMethod) ?? null;
