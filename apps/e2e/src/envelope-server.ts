import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event of an envelope, as far as it is looked at. */
export interface SeenReport {
  level: string;
  message?: string;
  environment?: string;
  tags: Record<string, string>;
  extra?: Record<string, unknown>;
  exception?: { values: { type: string; value: string; stacktrace?: { frames: { filename?: string }[] } }[] };
}

/** Takes envelopes as a Sentry server does (an envelope is lines of JSON: header, then item header and item in turn). */
export class EnvelopeServer {
  readonly reports: SeenReport[] = [];
  /** Bodies as they came. */
  readonly bodies: string[] = [];
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const isEnvelope = request.method === 'POST' && request.url?.startsWith('/api/7/envelope/');
      if (isEnvelope) this.take(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(isEnvelope ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  /** For SENTRY_DSN. */
  get dsn(): string {
    return `http://public@127.0.0.1:${(this.server.address() as AddressInfo).port}/7`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private take(body: string): void {
    this.bodies.push(body);
    const [, ...items] = body.split('\n').filter(Boolean);
    for (let at = 0; at + 1 < items.length; at += 2) {
      const { type } = JSON.parse(items[at] ?? '{}') as { type?: string };
      if (type === 'event') this.reports.push(JSON.parse(items[at + 1] ?? '{}') as SeenReport);
    }
  }
}
