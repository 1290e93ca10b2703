import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One call as it reached the provider. */
export interface ReceivedCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Text and bytes are sent as they are, anything else as JSON. */
  body: unknown;
}

/** What the server does with the next call instead of its own work. `taken-then-…`: the mails are taken first, and the
 *  caller does not learn it. */
export type Mishap =
  | { kind: 'answer'; reply: Reply }
  | { kind: 'silent' }
  | { kind: 'reset' }
  | { kind: 'taken-then-silent' }
  | { kind: 'taken-then-reset' }
  | { kind: 'taken-then-half-answer' };

/** A provider's API on loopback: real HTTP, its own checks, and mishaps on demand, one call each in order. */
export abstract class ProviderServer {
  readonly calls: ReceivedCall[] = [];
  /** Addresses that are refused as no valid ones, besides every `invalid@…`. */
  readonly dead = new Set<string>();
  private readonly mishaps: Mishap[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** On any free port unless one is given. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  /** From now on it keeps no process running. */
  unref(): this {
    this.server.unref();
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** The next call meets this. */
  mishap(mishap: Mishap): void {
    this.mishaps.push(mishap);
  }

  answerNext(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.mishap({ kind: 'answer', reply: { status, body, headers } });
  }

  protected readonly isDead = (email: string): boolean => email.startsWith('invalid@') || this.dead.has(email);

  /** Does what the API does with the call, and answers. */
  protected abstract handle(call: ReceivedCall): Reply | Promise<Reply>;

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://provider');
    const call = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    this.calls.push(call);
    const mishap = this.mishaps.shift();
    if (mishap?.kind === 'answer') return write(response, mishap.reply);
    if (mishap?.kind === 'silent') return;
    if (mishap?.kind === 'reset') return void request.socket.resetAndDestroy();
    const reply = await this.handle(call);
    if (mishap?.kind === 'taken-then-silent') return;
    if (mishap?.kind === 'taken-then-reset') return void request.socket.resetAndDestroy();
    write(response, reply, mishap?.kind === 'taken-then-half-answer');
  }
}

function write(response: ServerResponse, reply: Reply, isHalf = false): void {
  const bytes = bytesOf(reply.body);
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...reply.headers,
  });
  if (!isHalf) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** JSON of the call, or undefined. */
export function jsonOf(call: ReceivedCall): unknown {
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch {
    // Answered as malformed by each API in its own words.
    return undefined;
  }
}

export const basicAuth = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
