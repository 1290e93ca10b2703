import request from 'supertest';
import { startTransport } from './transport.fixture';
import type { TransportApp } from './transport.fixture';

let transport: TransportApp;
let listed: TransportApp;
beforeAll(async () => {
  transport = await startTransport();
  listed = await startTransport({ allowedOrigins: ['https://a.org', 'https://b.org'] });
});
afterAll(async () => {
  await transport.close();
  await listed.close();
});

const query = '{ needs }';
const preflight = (app: TransportApp, headers: Record<string, string>): request.Test =>
  request(app.app.getHttpServer()).options('/api').set(headers);

describe('x-request-id', () => {
  it('is echoed when it has 20 to 200 characters', async () => {
    for (const id of ['x'.repeat(20), 'y'.repeat(200)]) {
      const answer = await transport.post({ query }, { 'x-request-id': id });
      expect(answer.headers['x-request-id']).toBe(id);
    }
  });

  it('is made up otherwise, for every kind of answer', async () => {
    for (const id of ['short', 'z'.repeat(201)]) {
      const answer = await transport.post({ query }, { 'x-request-id': id });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await request(transport.app.getHttpServer()).get('/nowhere')).headers['x-request-id']).toMatch(/./);
    expect((await transport.post({})).headers['x-request-id']).toMatch(/./);
  });
});

describe('CORS', () => {
  it('is open to all by default, also on errors', async () => {
    for (const body of [{ query }, {}, { query: '{ broken }' }]) {
      const answer = await transport.post(body, { origin: 'https://any.org' });
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers['access-control-allow-credentials']).toBe('true');
    }
    const missing = await request(transport.app.getHttpServer()).get('/nowhere').set('origin', 'https://any.org');
    expect(missing.headers['access-control-allow-origin']).toBe('*');
  });

  it('serves the bare GET of the counter from another origin', async () => {
    const answer = await request(transport.app.getHttpServer())
      .get('/api')
      .query({ query: 'query ($id: Int!) { needs(id: $id) }', variables: '{"id":1}' })
      .set('origin', 'https://any.org');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
  });

  it('answers a preflight', async () => {
    const answer = await preflight(transport, {
      origin: 'https://any.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, authorization',
    });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '1728000',
    });
    const list = (name: string): string[] => answer.headers[name]!.split(',').map((item) => item.trim());
    expect(list('access-control-allow-methods')).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
    expect(list('access-control-allow-headers')).toEqual(
      expect.arrayContaining([
        ...['Authorization', 'Content-Type', 'Accept', 'Origin', 'User-Agent', 'DNT', 'Cache-Control', 'X-Mx-ReqToken'],
        ...['Keep-Alive', 'X-Requested-With', 'If-Modified-Since', 'X-CSRF-Token', 'Idempotency-Key'],
      ]),
    );
  });

  it('answers a bare OPTIONS too', async () => {
    expect((await preflight(transport, {})).status).toBe(204);
  });

  it('echoes an origin of the list, and only that', async () => {
    const known = await listed.post({ query }, { origin: 'https://b.org' });
    expect(known.headers['access-control-allow-origin']).toBe('https://b.org');
    expect(known.headers['vary']).toContain('Origin');
    const unknown = await listed.post({ query }, { origin: 'https://c.org' });
    expect(unknown.status).toBe(200);
    expect(unknown.headers).not.toHaveProperty('access-control-allow-origin');
    expect(unknown.headers['vary']).toContain('Origin');
    const asked = await preflight(listed, { origin: 'https://c.org', 'access-control-request-method': 'POST' });
    expect(asked.status).toBe(204);
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('what resolvers see', () => {
  it('is the referer and the idempotency key, null without', async () => {
    const document = 'mutation { sign(contact: {firstName: "Ada"}) }';
    const given = await transport.post({ query: document }, { referer: 'https://a.org/x?y', 'idempotency-key': 'k' });
    expect(JSON.parse(given.body.data.sign)).toMatchObject({ referer: 'https://a.org/x?y', idempotencyKey: 'k' });
    const without = await transport.post({ query: document });
    expect(JSON.parse(without.body.data.sign)).toMatchObject({ referer: null, idempotencyKey: null });
  });
});

describe('authorization', () => {
  const whoami = { query: '{ whoami thing(id: 1) { displayName ... on PrivateThing { secret } } }' };

  it('tells resolvers the viewer, at any depth, by POST and GET', async () => {
    const data = { whoami: 'ada@example.org', thing: { displayName: 'ada@example.org sees 1', secret: 's' } };
    expect((await transport.post(whoami, { authorization: 'Bearer API-ada' })).body).toEqual({ data });
    const byGet = await request(transport.app.getHttpServer())
      .get('/api')
      .query(whoami)
      .set('authorization', 'Bearer API-ada');
    expect(byGet.body).toEqual({ data });
  });

  it('of another shape is ignored', async () => {
    const answer = await transport.post({ query: '{ whoami }' }, { authorization: 'Digest x' });
    expect(answer.body).toEqual({ data: { whoami: null } });
  });

  it('that is wrong ends the request before the document is looked at', async () => {
    for (const body of [{ query }, {}, { query: '{' }]) {
      const answer = await transport.post(body, { authorization: 'Bearer API-bad' });
      expect(answer.status).toBe(401);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.body).toEqual({
        data: null,
        errors: [{ message: 'Cannot verify token', extensions: { code: 'unauthorized' } }],
      });
    }
  });

  it('that cannot be checked now is unavailable', async () => {
    const answer = await transport.post({ query }, { authorization: 'Bearer API-away' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, '5']);
    expect(answer.body).toMatchObject({ data: null, errors: [{ extensions: { code: 'unavailable' } }] });
  });
});
