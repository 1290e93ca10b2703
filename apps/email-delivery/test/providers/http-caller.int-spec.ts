import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HttpCaller, type CallResult } from '../../src/providers/http/http-caller';
import { makeSelfSigned } from './provider-servers';

const settings = { connectTimeoutMs: 300, timeoutMs: 500, allowPrivate: true };

describe('an HTTP call', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const http = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createHttpServer(listener))}/`;

  const post = (url: string, changes: object = {}, headers: Record<string, string> = {}): Promise<CallResult> =>
    new HttpCaller({ ...settings, ...changes }).call({ method: 'POST', url, headers, body: '{"text":"ü"}' });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('is certainly not sent where nobody listens, or the name does not exist', async () => {
    const free = await listen(createServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await post(`http://127.0.0.1:${free}/`)).toEqual({ kind: 'not-sent', error: 'connection: ECONNREFUSED' });
    expect(await post('http://no-such-host.invalid/', { connectTimeoutMs: 4000, timeoutMs: 5000 })).toMatchObject({
      kind: 'not-sent',
    });
  });

  it('is certainly not sent where TLS fails, and shows the key to nobody', async () => {
    const received: Buffer[] = [];
    const port = await listen(
      createServer((socket) => {
        socket.on('data', (data) => received.push(data));
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      }),
    );
    const result = await post(`https://127.0.0.1:${port}/`, {}, { 'api-key': 'very-secret' });
    expect(result).toMatchObject({ kind: 'not-sent' });
    expect(Buffer.concat(received).toString('latin1')).not.toContain('very-secret');
  });

  it('is certainly not sent to a server whose certificate nobody vouches for', async () => {
    let calls = 0;
    const port = await listen(createHttpsServer(makeSelfSigned(), () => (calls += 1)));
    expect(await post(`https://localhost:${port}/`, { connectTimeoutMs: 5000, timeoutMs: 5000 })).toEqual({
      kind: 'not-sent',
      error: 'connection: DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(calls).toBe(0);
  });

  it('names the timeout of a connection that never stands', async () => {
    const port = await listen(createServer(() => undefined));
    expect(await post(`https://127.0.0.1:${port}/`)).toEqual({
      kind: 'not-sent',
      error: 'connect timeout after 300 ms',
    });
  });

  it('is unknown once the request began and no answer came', async () => {
    expect(await post(await http(() => undefined))).toEqual({ kind: 'unknown', error: 'no answer within 500 ms' });
  });

  it('is unknown where an answer drips past the total timeout', async () => {
    const drip = await http((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
    });
    expect(await post(drip)).toEqual({ kind: 'unknown', error: 'no answer within 500 ms' });
  });

  it('is unknown where the connection breaks before or in the answer', async () => {
    const reset = await http((request) => request.socket.resetAndDestroy());
    expect(await post(reset)).toEqual({ kind: 'unknown', error: 'connection: ECONNRESET' });
    const half = await http((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"id":', () => response.socket?.destroy());
    });
    expect(await post(half)).toEqual({ kind: 'unknown', error: expect.stringMatching(/^answer broken off/) });
  });

  it('reads no more of an answer than it may', async () => {
    const large = await http((_, response) => void response.end(Buffer.alloc(2_000_000, 'x')));
    expect(await post(large)).toEqual({ kind: 'unknown', error: 'answer too large' });
  });

  it('hands out a redirect as it is, without following it', async () => {
    let followed = 0;
    const target = await http((_, response) => {
      followed += 1;
      response.end();
    });
    const from = await http((_, response) => void response.writeHead(307, { location: target }).end());
    expect(await post(from)).toMatchObject({ kind: 'answered', status: 307 });
    expect(followed).toBe(0);
  });

  it('sends the whole body and reads the whole answer', async () => {
    const echo = await http((request, response) => void request.pipe(response));
    expect(await post(echo)).toMatchObject({ kind: 'answered', status: 200, text: '{"text":"ü"}' });
  });

  it('reads an answer that ends with its connection', async () => {
    const port = await listen(
      createServer((socket) => {
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(200_000)}`));
      }),
    );
    const result = await post(`http://127.0.0.1:${port}/`);
    expect(result).toMatchObject({ kind: 'answered', status: 200, text: expect.stringMatching(/^x{200000}$/) });
  });

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://169.254.169.254/',
    'http://example.org/',
    'nowhere',
  ])('calls no private or open address: %s', async (url) => {
    expect(await post(url, { allowPrivate: false, connectTimeoutMs: 2000, timeoutMs: 2000 })).toMatchObject({
      kind: 'misconfigured',
    });
  });

  it('lets no key with a line break start another header', async () => {
    let calls = 0;
    const server = await http((_, response) => {
      calls += 1;
      response.end();
    });
    expect(await post(server, {}, { 'api-key': 'a\r\nx: y' })).toMatchObject({ kind: 'misconfigured' });
    expect(calls).toBe(0);
  });

  it('waits for the calls under way when it closes', async () => {
    const slow = await http((_, response) => void setTimeout(() => response.end('done'), 100));
    const caller = new HttpCaller(settings);
    const call = caller.call({ method: 'POST', url: slow, headers: {}, body: 'x' });
    await caller.close();
    expect(await call).toMatchObject({ kind: 'answered', text: 'done' });
  });
});
