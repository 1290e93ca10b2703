import { Agent, createServer, get, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './crash-report';

/** Readiness probes as in the chart's deployments.yaml; who is not ready yet is asked more often, for the test's sake. */
const probeEveryMs = 5_000;
const probeTimeoutMs = 3_000;
const failureThreshold = 2;
const newcomerEveryMs = 200;
/** Longer than any answer may take. */
const answerTimeoutMs = 30_000;
/** Longer than clients keep a connection that they do not use. */
const keepAliveMs = 75_000;
const shownBroken = 20;

interface Backend {
  name: string;
  url: URL;
  agent: Agent;
  isReady: boolean;
  failedProbes: number;
}

/**
 * In front of gateways as an ingress is: takes turns among those whose `/ready` says yes, and tries nothing twice. Every answer
 * names in `x-gateway` who gave it. A client sees what the gateway did: a reset stays one, and without an answer there is a 502.
 */
export class Balancer {
  /** Answers by status. */
  readonly statuses: Record<number, number> = {};
  /** Requests that a client lost by a gateway's fault, in words: 5xx, reset, no answer, nobody there. */
  readonly broken: string[] = [];
  brokenCount = 0;
  /** Whether a request lost just now is not to be counted. */
  excuses: (what: string) => boolean = () => false;
  /** Sockets that were upgraded. */
  upgraded = 0;
  private backends: Backend[] = [];
  private turn = 0;
  private readonly probing: Promise<void>[] = [];
  private readonly closing = new AbortController();
  private readonly sockets = new Set<Socket | Duplex>();
  private readonly server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) =>
    this.forward(request, response),
  );

  private constructor(private readonly readyEveryMs: number) {
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    this.server.on('connection', (socket) => this.keep(socket));
  }

  /** `readyEveryMs`: from one probe of a ready gateway to the next. */
  static async open(readyEveryMs = probeEveryMs): Promise<Balancer> {
    const balancer = new Balancer(readyEveryMs);
    await new Promise<void>((resolve) => balancer.server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Gets its share from its first good `/ready` on. */
  add(name: string, url: string): void {
    const backend: Backend = {
      name,
      url: new URL(url),
      agent: new Agent({ keepAlive: true }),
      isReady: false,
      failedProbes: 0,
    };
    this.backends.push(backend);
    this.probing.push(this.keepProbing(backend));
  }

  /** Gets nothing new from now on; what it has in hand it may answer. */
  remove(name: string): void {
    this.backends = this.backends.filter((backend) => backend.name !== name);
  }

  /** Who would get a request now. */
  get ready(): string[] {
    return this.backends.filter(({ isReady }) => isReady).map(({ name }) => name);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.probing);
    for (const { agent } of this.backends) agent.destroy();
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const backend = this.next();
    if (!backend) {
      this.noteBroken(`nobody is ready for ${request.method} ${request.url}`);
      response.writeHead(503).end();
      return;
    }
    const call = this.call(backend, request);
    let isLost = false;
    const lose = (reason: string) => {
      // Whose client went first was not lost by us.
      if (isLost || response.destroyed) return;
      isLost = true;
      this.noteBroken(`${backend.name} ${request.method} ${request.url}: ${reason}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    };
    call.on('response', (answer) => {
      const status = answer.statusCode ?? 0;
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      if (status >= 500) this.noteBroken(`${backend.name} ${request.method} ${request.url}: ${status}`);
      answer.on('error', (error) => lose(error.message));
      response.writeHead(status, { ...answer.headers, 'x-gateway': backend.name });
      answer.pipe(response);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${answerTimeoutMs} ms`)));
    call.on('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message));
    response.on('close', () => {
      if (!response.writableFinished) call.destroy();
    });
    request.pipe(call);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.keep(socket);
    const backend = this.next();
    if (!backend) {
      this.noteBroken(`nobody is ready for a socket`);
      socket.destroy();
      return;
    }
    const call = this.call(backend, request);
    call.on('upgrade', (answer, upstream, first) => {
      this.upgraded += 1;
      this.keep(upstream);
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('')}\r\n`);
      if (first.length > 0) socket.write(first);
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
      upstream.on('close', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
    call.on('response', (answer) => {
      this.noteBroken(`${backend.name} refuses a socket: ${answer.statusCode}`);
      socket.destroy();
    });
    call.on('error', (error) => {
      this.noteBroken(`${backend.name} takes no socket: ${error.message}`);
      socket.destroy();
    });
    call.end();
  }

  private call({ url, agent }: Backend, incoming: IncomingMessage) {
    const { method, url: path, headers, socket } = incoming;
    const forwarded = [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', ');
    const isUpgrade = headers.upgrade !== undefined;
    return request({
      host: url.hostname,
      port: url.port,
      method,
      path,
      headers: { ...headers, 'x-forwarded-for': forwarded },
      agent: isUpgrade ? false : agent,
      timeout: isUpgrade ? 0 : answerTimeoutMs,
    });
  }

  private next(): Backend | undefined {
    const ready = this.backends.filter(({ isReady }) => isReady);
    this.turn += 1;
    return ready[this.turn % Math.max(1, ready.length)];
  }

  private noteBroken(what: string): void {
    say(`balancer: ${what}`);
    if (this.excuses(what)) return;
    this.brokenCount += 1;
    if (this.broken.length < shownBroken) this.broken.push(`${new Date().toISOString()} ${what}`);
  }

  private keep(socket: Socket | Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private async keepProbing(backend: Backend): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted && this.backends.includes(backend)) {
      const isUp = (await statusOf(new URL('/ready', backend.url))) === 200;
      backend.failedProbes = isUp ? 0 : backend.failedProbes + 1;
      if (isUp) backend.isReady = true;
      else if (backend.failedProbes >= failureThreshold) backend.isReady = false;
      await pause(backend.isReady ? this.readyEveryMs : newcomerEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** On a connection of its own, as probes are; 0 for no answer. */
const statusOf = (url: URL): Promise<number> =>
  new Promise((resolve) => {
    const call = get(url, { agent: false, timeout: probeTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
  });
