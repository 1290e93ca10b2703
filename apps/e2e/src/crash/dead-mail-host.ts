import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** A mail server that is none. */
export interface DeadMailHost {
  readonly url: string;
  /** Connections it ever took. */
  readonly connections: number;
  close(): void;
}

/** Takes every connection and never says a word. */
export async function silentHost(): Promise<DeadMailHost> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `tls://localhost:${(server.address() as AddressInfo).port}`,
    get connections() {
      return sockets.length;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A port where nobody listens. */
export async function refusingHost(): Promise<DeadMailHost> {
  const { url, close } = await silentHost();
  close();
  return { url, connections: 0, close: () => undefined };
}
