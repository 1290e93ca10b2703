import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LocalRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a local server does with one request: answers, `silence`, or `reset` of the connection. */
export type LocalAnswer = { status: number; body: unknown; headers?: Record<string, string> } | 'silence' | 'reset';

/** A server of somebody else, played on a free port of loopback. */
export class LocalHttp {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(answer: (request: LocalRequest) => LocalAnswer): Promise<LocalHttp> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        reply(answer({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }), response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LocalHttp(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function reply(answer: LocalAnswer, response: ServerResponse): void {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    response.socket?.destroy();
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(text);
}
