import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type LookupFunction, type Server, type Socket } from 'node:net';
import { waitFor } from '@groundswell/testing';
import type { CallResult, HttpCall, HttpSettings } from '../src/http-call';
import { HttpCaller } from '../src/http-caller';
import { makeSelfSigned } from './self-signed';

/** For servers that answer; and for those that do not, or not in time. */
const settings: HttpSettings = {
  userAgent: 'groundswell-test',
  connectTimeoutMs: 60_000,
  timeoutMs: 60_000,
  allowPrivate: true,
};
const hasty = { connectTimeoutMs: 300, timeoutMs: 500 };

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

  const post = (
    url: string,
    changes: Partial<HttpSettings> = {},
    headers: Record<string, string> = {},
    more: Partial<HttpCall> = {},
  ): Promise<CallResult> =>
    new HttpCaller({ ...settings, ...changes }).call({ method: 'POST', url, headers, body: '{"text":"ü"}', ...more });

  /** A machine that stalls may not even connect within such a short time: then once more. */
  const expectHasty = (url: string, expected: object, more: Partial<HttpCall> = {}) =>
    waitFor(async () => {
      expect(await post(url, hasty, {}, more)).toMatchObject(expected);
      return true;
    });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('is certainly not sent where nobody listens, or the name does not exist', async () => {
    const free = await listen(createServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await post(`http://127.0.0.1:${free}/`)).toEqual({ kind: 'not-sent', error: 'connection: ECONNREFUSED' });
    expect(await post('http://no-such-host.invalid/')).toMatchObject({
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
    expect(await post(`https://localhost:${port}/`)).toEqual({
      kind: 'not-sent',
      error: 'connection: DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(calls).toBe(0);
  });

  it('names the timeout of a connection that never stands', async () => {
    const port = await listen(createServer(() => undefined));
    expect(await post(`https://127.0.0.1:${port}/`, hasty)).toEqual({
      kind: 'not-sent',
      error: 'connect timeout after 300 ms',
    });
  });

  it('is unknown once the request began and no answer came', async () => {
    await expectHasty(await http(() => undefined), { kind: 'unknown', error: 'no answer within 500 ms' });
  });

  it('is unknown where an answer drips past the total timeout', async () => {
    const drip = await http((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
    });
    await expectHasty(drip, { kind: 'unknown', error: 'no answer within 500 ms' });
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

  it('sends the whole body under its name and reads the whole answer', async () => {
    let userAgent: string | undefined;
    const echo = await http((request, response) => {
      userAgent = request.headers['user-agent'];
      request.pipe(response);
    });
    expect(await post(echo)).toMatchObject({ kind: 'answered', status: 200, text: '{"text":"ü"}' });
    expect(userAgent).toBe('groundswell-test');
  });

  it('calls a server whose certificate it trusts', async () => {
    const { key, cert } = makeSelfSigned();
    const port = await listen(createHttpsServer({ key, cert }, (_, response) => void response.end('secure')));
    expect(await post(`HTTPS://localhost:${port}/`, { trustedCa: cert })).toMatchObject({
      kind: 'answered',
      text: 'secure',
    });
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
    'https://db.localhost./',
    'https://[::]/',
    'https://0.0.0.0/',
    'https://2130706433:8443/',
    'https://0177.0.0.1/',
    'https://[64:ff9b::7f00:1]/',
    'https://169.254.169.254/',
    'http://example.org/',
    'nowhere',
  ])('calls no private or open address: %s', async (url) => {
    expect(await post(url, { allowPrivate: false })).toMatchObject({
      kind: 'misconfigured',
    });
  });

  it.each([
    { now: 'one of its addresses is private', answers: [['203.0.113.9', '127.0.0.1']] },
    { now: 'its address is private', answers: [['::ffff:127.0.0.1']] },
    { now: 'it was public a moment ago', answers: [['203.0.113.9'], ['127.0.0.1']] },
  ])('does not call a name where $now, and asks for a name once a call', async ({ answers }) => {
    let calls = 0;
    const port = await listen(createServer(() => (calls += 1)));
    const asked: string[] = [];
    const lookUp: LookupFunction = (hostname, _, callback) => {
      const addresses = answers[asked.length] ?? [];
      asked.push(hostname);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    const results: CallResult[] = [];
    for (const _ of answers) {
      results.push(
        await post(`https://crm.example:${port}/`, { allowPrivate: false, lookUp, connectTimeoutMs: 1_000 }),
      );
    }
    expect(results.pop()).toEqual({ kind: 'misconfigured', error: 'private address' });
    // A public address that nobody has: what was looked up is what is connected to.
    for (const result of results) expect(result).toMatchObject({ kind: 'not-sent' });
    expect(asked).toEqual(answers.map(() => 'crm.example'));
    expect(calls).toBe(0);
  });

  describe('of which only the beginning is of use', () => {
    const excerpt = { excerptBytes: 1000 };

    it('is answered by a body that never ends, and closes the connection on it', async () => {
      let written = 0;
      let onClosed: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => (onClosed = resolve));
      const endless = await http((_, response) => {
        const chunk = Buffer.alloc(16_384, 'x');
        // In steps, so that the other end has its turn: at once, the system alone would take megabytes of it.
        const write = (): void => {
          if (response.destroyed) return;
          written += chunk.length;
          response.write(chunk, () => setImmediate(write));
        };
        response.on('close', onClosed);
        write();
      });
      const result = await post(endless, {}, {}, excerpt);
      expect(result).toMatchObject({ kind: 'answered', status: 200, text: 'x'.repeat(1000) });
      await closed;
      expect(written).toBeLessThan(1_000_000);
    });

    it('is answered at the deadline, by what came until then', async () => {
      const drip = await http((_, response) => {
        response.writeHead(202);
        const timer = setInterval(() => response.write('.'), 50);
        response.on('close', () => clearInterval(timer));
      });
      await expectHasty(drip, { kind: 'answered', status: 202, text: expect.stringMatching(/^\.{1,10}$/) }, excerpt);
    });

    it('is answered by a body that breaks off, and not by headers that do', async () => {
      const half = await http((_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.socket?.destroy());
      });
      expect(await post(half, {}, {}, excerpt)).toMatchObject({ kind: 'answered', status: 200 });
      const port = await listen(
        createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx:'))),
      );
      expect(await post(`http://127.0.0.1:${port}/`, {}, {}, excerpt)).toMatchObject({ kind: 'unknown' });
    });

    it('is answered by a short body or none', async () => {
      expect(await post(await http((_, response) => void response.end('ok')), {}, {}, excerpt)).toMatchObject({
        kind: 'answered',
        text: 'ok',
      });
      const empty = await http((_, response) => void response.writeHead(204).end());
      expect(await post(empty, {}, {}, excerpt)).toMatchObject({ kind: 'answered', status: 204, text: '' });
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
