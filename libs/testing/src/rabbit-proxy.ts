import { connect, createServer, type Server, type Socket } from 'node:net';

/** A broker's address that can be cut, frozen, or made to say it is out of memory, for the code connecting through it. */
export class RabbitProxy {
  private readonly pairs = new Set<{ client: Socket; broker: Socket }>();
  private isFrozen = false;
  private isRefusing = false;

  private constructor(
    private readonly server: Server,
    readonly amqpUrl: string,
  ) {}

  static async start(target: string): Promise<RabbitProxy> {
    const url = new URL(target);
    const port = Number(url.port || 5672);
    const host = url.hostname;
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as { port: number }).port);
    const proxy = new RabbitProxy(server, url.toString());
    server.on('connection', (client) => proxy.join(client, connect(port, host)));
    return proxy;
  }

  /** Nothing gets through in either direction, nothing is closed: a broker that hangs. */
  freeze(): void {
    this.isFrozen = true;
    this.freezePresent();
  }

  /** The same for connections that are there; those to come go through. */
  freezePresent(): void {
    for (const { client, broker } of this.pairs) {
      client.pause();
      broker.pause();
    }
  }

  thaw(): void {
    this.isFrozen = false;
    for (const { client, broker } of this.pairs) {
      client.resume();
      broker.resume();
    }
  }

  /** Drops every connection at once; refuses new ones until `accept`. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  cut(): void {
    for (const { client, broker } of this.pairs) {
      client.destroy();
      broker.destroy();
    }
  }

  /** Sends connection.blocked to every client, as a broker does under a memory or disk alarm. */
  block(reason = 'low on memory'): void {
    this.inject(60, Buffer.concat([Buffer.from([reason.length]), Buffer.from(reason)]));
  }

  unblock(): void {
    this.inject(61, Buffer.alloc(0));
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, broker: Socket): void {
    const pair = { client, broker };
    if (this.isRefusing) {
      client.destroy();
      broker.destroy();
      return;
    }
    this.pairs.add(pair);
    client.on('data', (chunk) => broker.write(chunk));
    broker.on('data', (chunk) => client.write(chunk));
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.on('close', end).on('error', end);
    if (this.isFrozen) broker.pause();
    else client.resume();
  }

  /** Writes one method frame of class connection to each client. Call it while the broker is quiet, between two frames. */
  private inject(method: number, args: Buffer): void {
    const payload = Buffer.concat([Buffer.from([0, 10, 0, method]), args]);
    const header = Buffer.alloc(7);
    header.writeUInt8(1, 0);
    header.writeUInt32BE(payload.length, 3);
    const frame = Buffer.concat([header, payload, Buffer.from([0xce])]);
    for (const { client } of this.pairs) client.write(frame);
  }
}
