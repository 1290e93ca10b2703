import type { RequestListener, ServerResponse } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { waitFor } from '@groundswell/testing';
import type { OutgoingPush, PushEndpoint, PushResult } from '../../src/pushing/push-backend';
import { WebhookBackend } from '../../src/webhook/webhook.backend';
import { WebhookServers } from './webhook-servers';

type Settings = ConstructorParameters<typeof WebhookBackend>[0];
type Changes = Partial<Pick<PushEndpoint, 'user' | 'password' | 'signingSecrets'> & Pick<OutgoingPush, 'body'>>;

/** For endpoints that answer; and for those that do not, or not in time. */
const patient: Settings = { connectTimeoutMs: 60_000, timeoutMs: 60_000, allowPrivate: true };
const hasty: Settings = { connectTimeoutMs: 300, timeoutMs: 400, allowPrivate: true };
const inTime = { outcome: 'delivered', status: 200 };

describe('a webhook', () => {
  const servers = new WebhookServers();
  afterEach(() => servers.stop());

  async function push(host: string, settings: Settings = patient, changes: Changes = {}): Promise<PushResult> {
    const { body = '{"actionId":42}', user = '', password = '', signingSecrets = [] } = changes;
    const credentials = { user, password, signingSecrets };
    const backend = new WebhookBackend(settings);
    const results = await backend.push({ serviceId: 1, orgId: 7, kind: 'webhook', path: null, host, ...credentials }, [
      { id: '1', messageId: 'action:42:deliver:7', kind: 'action', body, attemptedAt: new Date() },
    ]);
    await backend.close();
    expect(results).toHaveLength(1);
    return results[0] as PushResult;
  }

  /** A machine that stalls may not even connect within such a short time: then once more. */
  const expectHasty = (host: string, expected: object): Promise<boolean> =>
    waitFor(async () => {
      servers.posts.length = 0;
      expect(await push(host, hasty)).toEqual(expected);
      return true;
    });

  const answering =
    (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
    (_, response) =>
      void response.writeHead(status, headers).end(body);

  describe('whose endpoint answers', () => {
    const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();

    it.each([
      [200, {}, 'fine', { outcome: 'delivered', excerpt: 'fine' }],
      [201, {}, 'not JSON {', { outcome: 'delivered', excerpt: 'not JSON {' }],
      [202, {}, '', { outcome: 'delivered' }],
      [204, {}, '', { outcome: 'delivered' }],
      [410, {}, 'moved away', { outcome: 'gone', error: expect.stringContaining('410'), excerpt: 'moved away' }],
      [400, {}, 'bad', { outcome: 'retry', error: 'HTTP 400', excerpt: 'bad' }],
      [401, {}, '', { outcome: 'retry', error: 'HTTP 401', ofEndpoint: true }],
      [403, {}, '', { outcome: 'retry', error: 'HTTP 403', ofEndpoint: true }],
      [404, {}, '', { outcome: 'retry', error: 'HTTP 404', ofEndpoint: true }],
      [408, {}, '', { outcome: 'retry', error: 'HTTP 408' }],
      [413, {}, '', { outcome: 'retry', error: 'HTTP 413' }],
      [422, {}, 'jo@x.org?', { outcome: 'retry', error: 'HTTP 422', excerpt: '[REDACTED]' }],
      [425, {}, '', { outcome: 'retry', error: 'HTTP 425' }],
      [429, {}, '', { outcome: 'retry', error: 'HTTP 429', ofEndpoint: true }],
      [429, { 'retry-after': '120' }, '', { error: 'HTTP 429', retryAfterMs: 120_000, ofEndpoint: true }],
      [500, {}, '<h1>\noops</h1>', { outcome: 'retry', error: 'HTTP 500', excerpt: '<h1> oops</h1>' }],
      [502, {}, '', { outcome: 'retry', error: 'HTTP 502' }],
      [503, { 'retry-after': '7' }, '', { error: 'HTTP 503', retryAfterMs: 7_000, ofEndpoint: true }],
    ])('%i %j %j', async (status, headers, body, expected) => {
      expect(await push(await servers.http(answering(status, headers, body)))).toEqual({
        outcome: 'retry',
        status,
        ...expected,
      });
      expect(servers.posts).toHaveLength(1);
    });

    it('429 until a date', async () => {
      const listener: RequestListener = (...call) => answering(429, { 'retry-after': inAMinute() })(...call);
      const { retryAfterMs } = (await push(await servers.http(listener))) as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    });

    it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
      const target = await servers.http(answering(200));
      const host = await servers.http(answering(status, { location: target }));
      expect(await push(host)).toEqual({
        outcome: 'retry',
        status,
        error: `HTTP ${status}: redirects are not followed`,
        ofEndpoint: true,
      });
      expect(servers.posts).toHaveLength(1);
    });
  });

  describe('whose endpoint is broken', () => {
    const drip = (target: ServerResponse | Socket): void => {
      const timer = setInterval(() => target.write('x'), 20);
      target.on('close', () => clearInterval(timer));
    };

    it('hangs', async () => {
      await expectHasty(await servers.http(() => undefined), { outcome: 'retry', error: 'no answer within 400 ms' });
      expect(servers.posts).toHaveLength(1);
    });

    it('sends its headers so slowly that the time is over', async () => {
      const host = await servers.raw((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        drip(socket);
      });
      await expectHasty(host, { outcome: 'retry', error: 'no answer within 400 ms' });
    });

    it.each([
      ['before its answer', (socket: Socket) => void socket.resetAndDestroy(), 'connection: ECONNRESET'],
      ['in its headers', (socket: Socket) => void socket.end('HTTP/1.1 200 O'), expect.stringMatching(/^connection: /)],
      [
        'by no HTTP',
        (socket: Socket) => void socket.end('220 mail ready\r\n'),
        expect.stringMatching(/^connection: HPE/),
      ],
    ])('breaks off %s', async (_, onRequest, error) => {
      expect(await push(await servers.raw(onRequest))).toEqual({ outcome: 'retry', error });
    });

    it('took the message, and breaks off in the body of its answer', async () => {
      const half: RequestListener = (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.socket?.destroy());
      };
      expect(await push(await servers.http(half))).toEqual({ ...inTime, excerpt: 'half' });
    });

    it('took the message, and drips its answer', async () => {
      const host = await servers.http((_, response) => {
        response.writeHead(200);
        drip(response);
      });
      await expectHasty(host, { ...inTime, excerpt: expect.stringMatching(/^x{1,30}$/) });
    });

    it('took the message, and answers 10 MB of which only the beginning is read', async () => {
      const whole = 10 * 1024 * 1024;
      const chunk = Buffer.alloc(16 * 1024, 'x');
      let written = 0;
      let onClosed: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => (onClosed = resolve));
      const host = await servers.http((_, response) => {
        // In steps, so that the other end has its turn: at once, the system alone would take megabytes of it.
        const write = (): void => {
          if (written >= whole || response.destroyed) return void response.end();
          written += chunk.length;
          response.write(chunk, () => setImmediate(write));
        };
        response.on('close', onClosed);
        write();
      });
      expect(await push(host)).toEqual({ ...inTime, excerpt: 'x'.repeat(1024) });
      await closed;
      expect(written).toBeLessThan(whole / 10);
    });
  });

  describe('that cannot be called', () => {
    const ofEndpoint = (error: unknown) => ({ outcome: 'retry', error, ofEndpoint: true });
    const closed: Settings = { ...patient, allowPrivate: false };

    it('nobody listens', async () => {
      expect(await push(await servers.deserted())).toEqual(ofEndpoint('connection: ECONNREFUSED'));
    });

    it('the name does not exist', async () => {
      const lookUp: LookupFunction = (_, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
      expect(await push('http://no-such-crm.example/', { ...patient, lookUp })).toEqual(
        ofEndpoint('connection: ENOTFOUND'),
      );
    });

    it('nobody vouches for its certificate, and nothing is sent', async () => {
      const { url } = await servers.https(answering(200));
      expect(await push(url)).toEqual(ofEndpoint('connection: DEPTH_ZERO_SELF_SIGNED_CERT'));
      expect(servers.posts).toEqual([]);
    });

    it('its certificate is for another name', async () => {
      const { url, cert } = await servers.https(answering(200));
      const lookUp: LookupFunction = (_, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
      const other = url.replace('localhost', 'crm.example');
      expect(await push(other, { ...patient, trustedCa: cert, lookUp })).toEqual(
        ofEndpoint('connection: ERR_TLS_CERT_ALTNAME_INVALID'),
      );
      expect(await push(url, { ...patient, trustedCa: cert })).toEqual(inTime);
    });

    it('it speaks no TLS', async () => {
      const host = (await servers.http(answering(200))).replace('http:', 'https:');
      expect(await push(host)).toEqual(ofEndpoint(expect.stringMatching(/^connection: /)));
      expect(servers.posts).toEqual([]);
    });

    it.each<readonly [string, string]>([
      ['http://crm.example/', 'the address of the service is not https'],
      ['ftp://crm.example/', 'the address of the service is not https'],
      ['crm.example/hook', 'the address of the service is not a URL'],
      ['', 'the address of the service is not a URL'],
      ...[
        ...['https://127.0.0.1/', 'https://localhost/', 'https://x.localhost/', 'https://10.0.0.1:8443/'],
        ...['https://169.254.169.254/latest/meta-data', 'https://0.0.0.0/', 'https://2130706433/', 'https://0x7f.1/'],
        ...['https://0177.0.0.1/', 'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[64:ff9b::a00:1]/'],
        ...['https://[fe80::1]/', 'https://[fd00::1]/'],
      ].map((host) => [host, 'private address'] as const),
    ])('%s: %s', async (host, error) => {
      expect(await push(host, closed)).toEqual(ofEndpoint(error));
    });

    describe('by a name', () => {
      const publicAddress = '203.0.113.9';
      const loopback = '127.0.0.1';
      let asked = 0;
      const leadingTo =
        (...answers: string[][]): LookupFunction =>
        (_, _options, callback) => {
          const addresses = answers[asked] ?? [];
          asked += 1;
          callback(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          );
        };
      const named = async () => {
        const { url, cert } = await servers.https(answering(200), 'crm.example');
        return { url, settings: { ...patient, trustedCa: cert } };
      };
      beforeEach(() => (asked = 0));

      it('that leads to a private address, unless such may be called', async () => {
        const { url, settings } = await named();
        const lookUp = leadingTo([loopback], [loopback]);
        expect(await push(url, { ...settings, lookUp, allowPrivate: true })).toEqual(inTime);
        expect(await push(url, { ...settings, lookUp, allowPrivate: false })).toEqual(ofEndpoint('private address'));
        expect(servers.posts).toHaveLength(1);
      });

      it('that leads to public addresses and a private one', async () => {
        const { url, settings } = await named();
        const lookUp = leadingTo([publicAddress, loopback], [loopback, publicAddress]);
        for (let call = 0; call < 2; call += 1) {
          expect(await push(url, { ...settings, lookUp, allowPrivate: false })).toEqual(ofEndpoint('private address'));
        }
        expect(servers.posts).toEqual([]);
      });

      it('that was public when it was checked, and is private when it is asked for again', async () => {
        const { url, settings } = await named();
        const rebinding = { ...settings, connectTimeoutMs: 1_000, lookUp: leadingTo([publicAddress], [loopback]) };
        // Connected to what was checked, an address that nobody has: a call asks once.
        expect(await push(url, { ...rebinding, allowPrivate: false })).toMatchObject({ ofEndpoint: true });
        expect(asked).toBe(1);
        expect(await push(url, { ...rebinding, allowPrivate: false })).toEqual(ofEndpoint('private address'));
        expect(asked).toBe(2);
        expect(servers.posts).toEqual([]);
      });
    });
  });

  describe('as it reaches the endpoint', () => {
    it('is one POST of the message, byte for byte', async () => {
      const body = `{"name":"Zoë 🌊 \\ud83c","escaped":"\\u00fc\\n","spaces" :  [1.0, 1e3],"long":"${'ß'.repeat(60_000)}"}`;
      expect(await push(await servers.http(answering(204)), patient, { body })).toMatchObject({ outcome: 'delivered' });
      const [post] = servers.posts;
      expect(post?.body.equals(Buffer.from(body, 'utf8'))).toBe(true);
      expect(post).toMatchObject({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': 'groundswell-webhook',
          'idempotency-key': 'action:42:deliver:7',
          'webhook-id': 'action:42:deliver:7',
        },
      });
    });

    it.each([
      [{ user: 'me', password: 'geheim' }, 'Basic bWU6Z2VoZWlt'],
      [{ password: 'Bearer geheim' }, 'Bearer geheim'],
      [{ user: 'me' }, undefined],
      [{}, undefined],
    ])('carries of %j %p, which no excerpt shows', async (credentials, expected) => {
      const echo: RequestListener = (request, response) => void response.end(JSON.stringify(request.headers));
      const { excerpt } = await push(await servers.http(echo), patient, credentials);
      expect(servers.posts[0]?.headers.authorization).toBe(expected);
      expect(excerpt).toContain('idempotency-key');
      expect(excerpt).not.toMatch(/geheim|bWU6Z2VoZWlt/);
    });

    it('is verified by the secret of now and the one before, until that one is gone', async () => {
      const secretOf = (key: string) => `whsec_${Buffer.from(key.padEnd(24, '.')).toString('base64')}`;
      const [older, newer] = [secretOf('older'), secretOf('newer')];
      const host = await servers.http(answering(200));
      const body = '{"name":"Zoë"}';
      for (const signingSecrets of [[older], [newer, older], [newer], []]) {
        await push(host, patient, { signingSecrets, body });
      }
      const verifiedBy = (secret: string) =>
        servers.posts.map(({ body: received, headers }) => {
          try {
            return new Webhook(secret).verify(received, headers as Record<string, string>);
          } catch (error) {
            return (error as Error).message;
          }
        });
      const [name, other, unsigned] = [{ name: 'Zoë' }, 'No matching signature found', 'Missing required headers'];
      expect(verifiedBy(older)).toEqual([name, name, other, unsigned]);
      expect(verifiedBy(newer)).toEqual([other, name, name, unsigned]);
    });

    it('goes where the tags of the address say', async () => {
      const host = `${await servers.http(answering(404))}/hooks/{{kind}}?id={{actionId}}`;
      const body = '{"actionId":42,"kind":"a/../b","other":[1]}';
      expect(await push(host, patient, { body: '{"actionId":42,"kind":"a/../b"}' })).toEqual({
        outcome: 'retry',
        status: 404,
        error: 'HTTP 404',
      });
      expect(servers.posts.map(({ path }) => path)).toEqual(['/hooks/a%2F..%2Fb?id=42']);
      expect(await push(`${host}&x={{other}}`, patient, { body })).toEqual({
        outcome: 'failed',
        error: 'the message has no text or number for {{other}}',
      });
      expect(await push('http://{{kind}}/', patient, { body })).toMatchObject({ outcome: 'retry', ofEndpoint: true });
      expect(servers.posts).toHaveLength(1);
    });
  });
});
