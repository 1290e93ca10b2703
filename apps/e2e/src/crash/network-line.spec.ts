import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { waitFor } from '@groundswell/testing';
import { NetworkLine } from './network-line';

/** What a client has heard. */
interface Heard {
  socket: Socket;
  text: string;
  ending: 'closed' | 'reset' | null;
}

describe('a network line', () => {
  let echo: Server;
  let line: NetworkLine;
  /** How the server's ends of connections ended. */
  let serverEnds: string[];

  beforeEach(async () => {
    serverEnds = [];
    echo = createServer((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => serverEnds.push(error.code ?? error.message));
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    line = await NetworkLine.to(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    await line.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  const dial = (): Heard => {
    const { hostname, port } = new URL(line.over('tcp://anywhere:1'));
    const heard: Heard = { socket: connect(Number(port), hostname), text: '', ending: null };
    heard.socket.on('data', (chunk) => (heard.text += chunk.toString()));
    heard.socket.on('error', () => (heard.ending = 'reset'));
    heard.socket.on('close', () => (heard.ending ??= 'closed'));
    return heard;
  };
  const talking = async (): Promise<Heard> => {
    const heard = dial();
    heard.socket.write('one');
    await waitFor(() => heard.text === 'one');
    return heard;
  };

  it('carries both ways, and the end too', async () => {
    const client = await talking();
    client.socket.end();
    await waitFor(() => client.ending === 'closed');
    await waitFor(() => line.openConnections === 0);
  });

  it('swallows everything, and hands it over late', async () => {
    const client = await talking();
    line.swallow();
    client.socket.write('two');
    const stranger = dial();
    await new Promise((resolve) => stranger.socket.once('connect', resolve));
    expect([client.text, client.ending, stranger.ending]).toEqual(['one', null, null]);
    line.heal();
    await waitFor(() => client.text === 'onetwo');
    client.socket.destroy();
    stranger.socket.destroy();
  });

  it('cut: resets what there is and what comes, until it is healed', async () => {
    const client = await talking();
    line.cut();
    await waitFor(() => client.ending === 'reset');
    const stranger = dial();
    stranger.socket.write('one');
    await waitFor(() => stranger.ending === 'reset');
    line.heal();
    (await talking()).socket.destroy();
  });

  it('half open: the server hears of a reset, the client of nothing for ever, and a new connection is well', async () => {
    const client = await talking();
    line.halfOpen();
    await waitFor(() => serverEnds.includes('ECONNRESET'));
    client.socket.write('two');
    const other = await talking();
    line.heal();
    other.socket.write('three');
    await waitFor(() => other.text === 'onethree');
    expect([client.text, client.ending]).toEqual(['one', null]);
    client.socket.destroy();
    other.socket.destroy();
  });

  it('slow: all connections together get no more than so many bytes a second', async () => {
    const [first, second] = [await talking(), await talking()];
    line.bytesPerSecond = 20_000;
    const startedAt = performance.now();
    for (const { socket } of [first, second]) socket.write('x'.repeat(2_000));
    await waitFor(() => first.text.length + second.text.length === 4_006);
    // 4 000 bytes each way, the second way beginning while the first is under way.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(190);
    first.socket.destroy();
    second.socket.destroy();
  });

  it('late: everything takes so long each way', async () => {
    const client = await talking();
    line.delayMs = 60;
    const startedAt = performance.now();
    client.socket.write('two');
    await waitFor(() => client.text === 'onetwo');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
    client.socket.destroy();
  });
});
