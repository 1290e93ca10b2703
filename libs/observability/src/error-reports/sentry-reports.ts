import type { Event, StackParser } from '@sentry/core';
import type { ServerRuntimeClient } from '@sentry/core/server';
import type { ErrorReports, Problem, ReportedError } from './error-reports';
import { noErrorReports } from './error-reports';
import { ReportBudget } from './report-budget';

export interface ErrorReportSettings {
  /** SENTRY_DSN; without it nothing is loaded and nothing is sent. */
  dsn?: string | undefined;
  service: string;
  /** NODE_ENV. */
  environment: string;
  release?: string | undefined;
}

/** Reports of one process in a minute; what goes beyond is in its log. */
const mostPerMinute = 60;
/** Of what a report tells; deeper levels are left out. */
const deepestLevel = 10;
/** For one report to be taken, ms. */
const sendTimeoutMs = 5_000;
/** Reports under way at once; further ones are dropped. */
const mostUnderWay = 16;
/** How long a process that ends waits for its last reports, ms. */
const closeLimitMs = 2_000;

/** Loads the client only where there is somebody to report to. Throws for a DSN that is none. */
export async function startErrorReports(settings: ErrorReportSettings): Promise<ErrorReports> {
  if (!settings.dsn) return noErrorReports;
  // The client would print it, key and all, and go on without.
  if (!isDsn(settings.dsn)) throw new Error('SENTRY_DSN: is no DSN, such as https://key@host/1');
  const [core, server] = await Promise.all([import('@sentry/core'), import('@sentry/core/server')]);
  const parseStack = core.createStackParser(server.nodeStackLineParser());
  // None of the client's integrations: they patch http and console, and collect what requests and people hold.
  const client = new server.ServerRuntimeClient({
    dsn: settings.dsn,
    environment: settings.environment,
    release: settings.release,
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    integrations: [],
    stackParser: parseStack,
    maxBreadcrumbs: 0,
    normalizeDepth: deepestLevel,
    sendClientReports: false,
    initialScope: { tags: { service: settings.service } },
    transport: (options) =>
      core.createTransport({ ...options, bufferSize: mostUnderWay }, async ({ body }) => {
        const answer = await fetch(options.url, {
          method: 'POST',
          headers: options.headers ?? {},
          body: typeof body === 'string' ? body : new Uint8Array(body),
          redirect: 'error',
          signal: AbortSignal.timeout(sendTimeoutMs),
        });
        await answer.arrayBuffer();
        return {
          statusCode: answer.status,
          headers: {
            'x-sentry-rate-limits': answer.headers.get('x-sentry-rate-limits'),
            'retry-after': answer.headers.get('retry-after'),
          },
        };
      }),
  });
  client.init();
  return new SentryReports(client, parseStack, settings.service);
}

const isDsn = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && username !== '' && /\/\d+$/.test(pathname);
};

class SentryReports implements ErrorReports {
  readonly isOn = true;
  private readonly budget = new ReportBudget(mostPerMinute);

  constructor(
    private readonly client: ServerRuntimeClient,
    private readonly parseStack: StackParser,
    private readonly service: string,
  ) {}

  report({ level, title, error, tags, extra }: Problem): void {
    if (!this.budget.take()) return;
    const event: Event = {
      level,
      message: title,
      tags: { service: this.service, ...tags },
      ...(extra && { extra: { ...extra } }),
      ...(error && { exception: { values: [this.exceptionOf(error)] } }),
    };
    this.client.captureEvent(event);
  }

  async close(): Promise<void> {
    await this.client.close(closeLimitMs);
  }

  private exceptionOf({ type, message, stack }: ReportedError) {
    return { type, value: message, ...(stack && { stacktrace: { frames: this.parseStack(stack) } }) };
  }
}
