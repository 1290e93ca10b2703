import { setTimeout as sleep } from 'node:timers/promises';
import { isSuccess, retryAfterMs, type Answered, type HttpCall, type HttpCaller } from '@groundswell/http';
import { errorOf } from '../http/answer-result';
import { openCaller } from '../http/provider-caller';
import type { MailAccount, ProviderSettings } from '../mail-provider';
import type { MailgunCooldown } from './mailgun-cooldown';
import { MailgunEventsError } from './mailgun-events.error';
import { mailgunOrigin } from './mailgun-origin';

const answerTimeoutMs = 60_000;
/** 300 events with their texts. */
const maxAnswerBytes = 32 * 1024 * 1024;
const retries = 3;
const firstRetryMs = 1_000;
const longestWaitMs = 30_000;

export interface ReaderSettings extends Pick<ProviderSettings, 'connectTimeoutMs' | 'allowPrivate' | 'apiUrl'> {
  cooldown: MailgunCooldown;
  now?: () => number;
  random?: () => number;
  wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const waitFor = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, signal ? { signal } : {});
};

/** Calls of one Mailgun account beside sending. A 429 is tried again 3 times after 1, 2, 4 s and up to a quarter more, never
 *  before the account says so, waiting 30 s in all at most; then the account is left alone for as long as it asked. */
export class MailgunReader {
  readonly origin: string;
  private readonly caller: HttpCaller;
  private readonly authorization: string;

  constructor(
    account: Pick<MailAccount, 'host' | 'password'>,
    private readonly settings: ReaderSettings,
  ) {
    const { connectTimeoutMs, allowPrivate = false } = settings;
    this.caller = openCaller({ connectTimeoutMs, allowPrivate, timeoutMs: answerTimeoutMs });
    this.origin = settings.apiUrl ?? mailgunOrigin(account.host);
    this.authorization = `Basic ${Buffer.from(`api:${account.password}`).toString('base64')}`;
  }

  /** The answer, whatever its status but 429. */
  async call(method: HttpCall['method'], path: string, signal?: AbortSignal): Promise<Answered> {
    let leftMs = longestWaitMs;
    for (let attempt = 0; ; attempt += 1) {
      await this.checkCooldown();
      const answer = await this.callOnce(method, path, signal);
      if (answer.status !== 429) return answer;
      const askedMs = Math.max(retryAfterMs(answer.headers['retry-after'], this.now()) ?? 0, this.resetMs(answer));
      const waitMs = Math.max(askedMs, firstRetryMs * 2 ** attempt * (1 + this.random() / 4));
      if (attempt >= retries || waitMs > leftMs) {
        this.settings.cooldown.begin(askedMs);
        throw new MailgunEventsError('rate_limited', `rate limited: ${errorOf(answer)}`);
      }
      leftMs -= waitMs;
      await (this.settings.wait ?? waitFor)(waitMs, signal).catch(() => {
        throw new MailgunEventsError('stopped', 'stopped while waiting');
      });
    }
  }

  async get(path: string, signal?: AbortSignal): Promise<string> {
    const answer = await this.call('GET', path, signal);
    if (isSuccess(answer)) return answer.text;
    throw new MailgunEventsError(answer.status >= 500 ? 'away' : 'refused', errorOf(answer));
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  private checkCooldown(): Promise<void> {
    const { leftMs } = this.settings.cooldown;
    if (leftMs === 0) return Promise.resolve();
    const text = `rate limited: left alone for ${Math.ceil(leftMs / 1000)} s`;
    return Promise.reject(new MailgunEventsError('rate_limited', text));
  }

  private async callOnce(method: HttpCall['method'], path: string, signal?: AbortSignal): Promise<Answered> {
    const headers = { authorization: this.authorization };
    const call = this.caller.call({ method, url: `${this.origin}${path}`, headers, maxAnswerBytes });
    const result = await untilAborted(call, signal);
    if (result.kind === 'answered') return result;
    throw new MailgunEventsError(result.kind === 'misconfigured' ? 'refused' : 'away', result.error);
  }

  /** `X-RateLimit-Reset` is an instant in epoch ms. */
  private resetMs(answer: Answered): number {
    const at = Number(answer.headers['x-ratelimit-reset'] ?? NaN);
    return Number.isFinite(at) ? Math.max(0, at - this.now()) : 0;
  }

  private now(): number {
    return (this.settings.now ?? Date.now)();
  }

  private random(): number {
    return (this.settings.random ?? Math.random)();
  }
}

/** A read that is no longer wanted: its answer goes nowhere. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let reject: (reason: Error) => void = () => undefined;
  const aborted = new Promise<never>((_, no) => (reject = no));
  const stop = () => reject(new MailgunEventsError('stopped', 'stopped while reading'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
