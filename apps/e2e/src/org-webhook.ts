import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call as it reached the org. */
export interface WebhookCall {
  path: string | undefined;
  headers: Record<string, string>;
  body: string;
  /** That it was answered with. */
  status: number;
}

export interface WebhookAnswer {
  status: number;
  body?: string;
}

/** An org's own software behind a webhook: keeps what comes, and answers all of it alike until it is told otherwise. */
export class OrgWebhook {
  readonly calls: WebhookCall[] = [];
  answer: WebhookAnswer = { status: 204 };
  private readonly server = createServer();

  constructor() {
    this.server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const { status, body } = this.answer;
        const headers = request.headers as Record<string, string>;
        this.calls.push({ path: request.url, headers, body: Buffer.concat(chunks).toString('utf8'), status });
        response.writeHead(status).end(body);
      });
    });
  }

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
