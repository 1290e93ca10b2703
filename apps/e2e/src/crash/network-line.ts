import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What came from one end and has not reached the other yet; null is its end. */
interface OnItsWay {
  chunk: Buffer | null;
  at: number;
}

/** As much as is under way in one direction of a connection; whoever sends more is kept waiting. */
const mostUnderWayBytes = 256 * 1024;

/** One direction of one connection. */
class Flow {
  private readonly onItsWay: OnItsWay[] = [];
  private waitingBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private hasEnded = false;
  private isLost = false;

  constructor(
    private readonly line: NetworkLine,
    private readonly direction: Direction,
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    const end = () => {
      if (!this.hasEnded) this.take(null);
      this.hasEnded = true;
    };
    from.on('data', (chunk) => this.take(chunk)).on('error', end);
    from.on('end', end).on('close', end);
    this.pump();
  }

  /** Carries over what is due; nothing while the line is dead. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.line.isDead || this.isLost) return void this.from.pause();
    const now = performance.now();
    for (let next = this.onItsWay[0]; next && next.at <= now; next = this.onItsWay[0]) {
      this.onItsWay.shift();
      this.waitingBytes -= next.chunk?.length ?? 0;
      if (next.chunk) this.to.write(next.chunk);
      else this.to.destroySoon();
    }
    if (this.waitingBytes > mostUnderWayBytes) this.from.pause();
    else this.from.resume();
    const [first] = this.onItsWay;
    if (first) this.timer = setTimeout(() => this.pump(), first.at - now);
  }

  /** The line is well again: nothing waits any longer. */
  hurry(): void {
    const now = performance.now();
    for (const one of this.onItsWay) one.at = Math.min(one.at, now);
    this.pump();
  }

  /** Nothing of this connection arrives any more, not even its end. */
  lose(): void {
    this.isLost = true;
    this.onItsWay.length = 0;
    this.pump();
  }

  /** Nothing overtakes what was sent while the line was slower. */
  private take(chunk: Buffer | null): void {
    if (this.isLost) return;
    const bytes = chunk?.length ?? 0;
    const at = Math.max(this.line.arrivalOf(this.direction, bytes), this.onItsWay.at(-1)?.at ?? 0);
    this.onItsWay.push({ chunk, at });
    this.waitingBytes += bytes;
    if (this.onItsWay.length === 1 || this.waitingBytes > mostUnderWayBytes) this.pump();
  }
}

type Direction = 'there' | 'back';

interface Connection {
  client: Socket;
  server: Socket;
  flows: Flow[];
}

/**
 * The way to a server, which can fail as networks do:
 * - late: `delayMs` each way, and no more than `bytesPerSecond` each way, over all connections together;
 * - `swallow`: everything is swallowed without a word: neither end hears of a close of the other, and connecting succeeds without an
 *   answer ever coming. What was sent meanwhile arrives late, as TCP has it;
 * - `cut`: connections are reset, and so is each new one;
 * - `halfOpen`: the server's ends of the connections there are reset, of which the clients never hear; new ones are well.
 */
export class NetworkLine {
  /** Each way. */
  delayMs = 0;
  /** Each way; null for as fast as it goes. */
  bytesPerSecond: number | null = null;
  private readonly freeAt: Record<Direction, number> = { there: 0, back: 0 };
  private dead = false;
  private isCut = false;
  private readonly connections = new Set<Connection>();

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {}

  static async to(url: string): Promise<NetworkLine> {
    const { hostname, port } = new URL(url);
    const server = createServer({ pauseOnConnect: true });
    const line = new NetworkLine(server, { host: hostname, port: Number(port) });
    server.on('connection', (client) => line.join(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** The same URL, over this line. `host`: another name of the loopback address, for a certificate. */
  over(url: string, host = '127.0.0.1'): string {
    const copy = new URL(url);
    copy.hostname = host;
    copy.port = String((this.server.address() as AddressInfo).port);
    return copy.href;
  }

  get isDead(): boolean {
    return this.dead;
  }

  get openConnections(): number {
    return this.connections.size;
  }

  swallow(): void {
    this.dead = true;
    this.pumpAll();
  }

  cut(): void {
    this.isCut = true;
    for (const { client, server } of this.connections) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  halfOpen(): void {
    for (const { server, flows } of this.connections) {
      for (const flow of flows) flow.lose();
      server.resetAndDestroy();
    }
  }

  /** As well as at first. Connections that were lost stay so. */
  heal(): void {
    this.dead = false;
    this.isCut = false;
    this.delayMs = 0;
    this.bytesPerSecond = null;
    this.freeAt.there = 0;
    this.freeAt.back = 0;
    for (const { flows } of this.connections) for (const flow of flows) flow.hurry();
  }

  /** When that many bytes, sent now, are at the other end. */
  arrivalOf(direction: Direction, bytes: number): number {
    const now = performance.now();
    if (this.bytesPerSecond === null) return now + this.delayMs;
    const freeAt = Math.max(now, this.freeAt[direction]) + (bytes / this.bytesPerSecond) * 1_000;
    this.freeAt[direction] = freeAt;
    return freeAt + this.delayMs;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.connections) {
      client.destroy();
      server.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pumpAll(): void {
    for (const { flows } of this.connections) for (const flow of flows) flow.pump();
  }

  private join(client: Socket): void {
    if (this.isCut) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.target);
    const flows = [new Flow(this, 'there', client, server), new Flow(this, 'back', server, client)];
    const connection = { client, server, flows };
    this.connections.add(connection);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.connections.delete(connection);
      });
    }
  }
}
