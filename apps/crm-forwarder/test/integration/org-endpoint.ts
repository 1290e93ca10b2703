import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  /** `webhook-id`: of the message. */
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
}

/** The service of an org: counts what comes, and answers as it is told, or not until it is told. */
export class OrgEndpoint {
  readonly received: Received[] = [];
  /** Calls without an answer yet. */
  readonly held = new Map<string, ServerResponse>();
  /** Most calls under way at a time, and most of one message. */
  mostAtOnce = 0;
  mostOfOne = 0;
  private readonly underWay = new Map<string, number>();
  private answer: (call: Received) => Answer | 'hold' = () => ({ status: 200 });

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OrgEndpoint> {
    const server = createServer();
    const endpoint = new OrgEndpoint(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const { headers, url: path = '' } = request;
        const body = Buffer.concat(chunks).toString('utf8');
        const id = String(headers['webhook-id'] ?? headers['idempotency-key']);
        endpoint.take({ path, id, headers, body }, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  answers(answer: Answer['status'] | Answer | ((call: Received) => Answer | 'hold')): void {
    if (typeof answer === 'function') this.answer = answer;
    else this.answer = () => (typeof answer === 'number' ? { status: answer } : answer);
  }

  hangs(): void {
    this.answer = () => 'hold';
  }

  /** Those that hang are answered. */
  release(status = 200): void {
    for (const response of this.held.values()) response.writeHead(status).end();
    this.held.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(call: Received, response: ServerResponse): void {
    this.received.push(call);
    this.count(call.id, 1);
    response.on('close', () => this.count(call.id, -1));
    const answer = this.answer(call);
    if (answer === 'hold') this.held.set(`${call.id}:${this.received.length}`, response);
    else response.writeHead(answer.status, answer.headers).end();
  }

  private count(id: string, by: number): void {
    const ofOne = (this.underWay.get(id) ?? 0) + by;
    this.underWay.set(id, ofOne);
    this.mostOfOne = Math.max(this.mostOfOne, ofOne);
    const all = [...this.underWay.values()].reduce((sum, one) => sum + one, 0);
    this.mostAtOnce = Math.max(this.mostAtOnce, all);
  }
}
