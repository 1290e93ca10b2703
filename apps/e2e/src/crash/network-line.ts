import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What came from one end and has not reached the other yet; null is its end. */
interface OnItsWay {
  chunk: Buffer | null;
  at: number;
}

/** One direction of one connection. */
class Flow {
  private readonly onItsWay: OnItsWay[] = [];
  private timer: NodeJS.Timeout | undefined;
  private hasEnded = false;

  constructor(
    private readonly line: NetworkLine,
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
    if (this.line.isDead) return void this.from.pause();
    this.from.resume();
    const now = performance.now();
    for (let next = this.onItsWay[0]; next; next = this.onItsWay[0]) {
      if (next.at > now) {
        this.timer = setTimeout(() => this.pump(), next.at - now);
        return;
      }
      this.onItsWay.shift();
      if (next.chunk) this.to.write(next.chunk);
      else this.to.destroySoon();
    }
  }

  /** Nothing overtakes what was sent while the line was slower. */
  private take(chunk: Buffer | null): void {
    const at = Math.max(performance.now() + this.line.delayMs, this.onItsWay.at(-1)?.at ?? 0);
    this.onItsWay.push({ chunk, at });
    if (this.onItsWay.length === 1) this.pump();
  }
}

/**
 * The way to a server, which can be slow, or swallow everything without a word: then neither end hears of a close of the
 * other, and connecting succeeds without an answer ever coming. What was sent meanwhile arrives late, as TCP has it.
 */
export class NetworkLine {
  /** Each way. */
  delayMs = 0;
  private dead = false;
  private readonly flows = new Set<Flow>();
  private readonly sockets = new Set<Socket>();

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

  /** The same URL, over this line. */
  over(url: string): string {
    const copy = new URL(url);
    copy.hostname = '127.0.0.1';
    copy.port = String((this.server.address() as AddressInfo).port);
    return copy.href;
  }

  get isDead(): boolean {
    return this.dead;
  }

  swallow(): void {
    this.setDead(true);
  }

  heal(): void {
    this.setDead(false);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private setDead(isDead: boolean): void {
    this.dead = isDead;
    for (const flow of this.flows) flow.pump();
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    const flows = [new Flow(this, client, server), new Flow(this, server, client)];
    for (const flow of flows) this.flows.add(flow);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('close', () => {
        this.sockets.delete(socket);
        if (client.destroyed && server.destroyed) for (const flow of flows) this.flows.delete(flow);
      });
    }
  }
}
