import request from 'supertest';
import { slowQuery, startTransport } from './transport.fixture';
import type { TransportApp } from './transport.fixture';

let transport: TransportApp;
beforeAll(async () => {
  transport = await startTransport();
});
afterAll(() => transport.close());

const http = (): ReturnType<typeof request> => request(transport.app.getHttpServer());
const raw = (body: string, type = 'application/json', path = '/api'): request.Test =>
  http().post(path).set('content-type', type).send(body);
const needs = 'query ($id: Int!) { needs(id: $id) }';
const answered = (id: number) => ({ data: { needs: id } });
const refused = (message: string) => ({ errors: [{ message }] });

describe('POST application/json', () => {
  it.each([
    ['an object', { id: 4 }],
    ['JSON text', '{"id": 4}'],
  ])('takes variables as %s', async (_, variables) => {
    const answer = await transport.post({ query: needs, variables });
    expect([answer.status, answer.body]).toEqual([200, answered(4)]);
  });

  it.each([
    ['null', null],
    ['""', ''],
    ['absent', undefined],
    ['the empty array of PHP', []],
    ['JSON text of null', 'null'],
  ])('takes variables %s as none', async (_, variables) => {
    const answer = await transport.post({ query: '{ needs }', variables });
    expect(answer.body).toEqual(answered(3));
  });

  it.each([['no json'], [[1]], ['[1]'], ['"text"'], [5]])('refuses variables %j', async (variables) => {
    const answer = await transport.post({ query: '{ needs }', variables });
    expect([answer.status, answer.body]).toEqual([400, refused('The variable values could not be decoded')]);
  });

  it('runs the operation asked for and no other', async () => {
    const query = 'query A { needs(id: 1) } query B { needs(id: 2) }';
    for (const round of [1, 2, 3]) {
      const a = await transport.post({ query, operationName: 'A' });
      const b = await transport.post({ query, operationName: 'B' });
      expect([round, a.body, b.body]).toEqual([round, answered(1), answered(2)]);
    }
  });

  it.each([[''], [null], [undefined]])('takes operationName %j as absent', async (operationName) => {
    const answer = await transport.post({ query: 'query Named { needs(id: 1) }', operationName });
    expect(answer.body).toEqual(answered(1));
  });

  it('answers an unknown operation name, and a missing one, with an error', async () => {
    const query = 'query A { needs(id: 1) } query B { needs(id: 2) }';
    const unknown = await transport.post({ query, operationName: 'C' });
    expect([unknown.status, unknown.body]).toEqual([200, refused('Unknown operation named "C".')]);
    const missing = await transport.post({ query, operationName: '' });
    expect([missing.status, missing.body]).toEqual([
      200,
      refused('Must provide operation name if query contains multiple operations.'),
    ]);
  });

  it('ignores unknown variables, body keys and URL parameters', async () => {
    const body = { query: needs, variables: { id: 4, withProcessing: true }, extensions: {}, id: 1, foo: ['bar'] };
    const answer = await http().post('/api?id=12&query=nonsense&variables=nonsense').send(body);
    expect([answer.status, answer.body]).toEqual([200, answered(4)]);
  });

  it.each([['application/json; charset=UTF-8'], ['application/vnd.api+json'], ['Application/JSON']])(
    'reads %s',
    async (type) => {
      const answer = await raw('{"query":"{ needs }"}', type);
      expect(answer.body).toEqual(answered(3));
    },
  );

  it('serves /api/ too', async () => {
    const answer = await raw('{"query":"{ needs }"}', 'application/json', '/api/');
    expect(answer.body).toEqual(answered(3));
  });

  it('refuses malformed JSON and text that is not UTF-8', async () => {
    const malformed = await raw('{"query": ');
    expect([malformed.status, malformed.body]).toEqual([400, refused('Malformed JSON body')]);
    const binary = await raw(Buffer.from([0x7b, 0xff, 0x7d]) as unknown as string);
    expect(binary.status).toBe(400);
  });

  it.each([
    ['{}'],
    ['{"query":""}'],
    ['{"query":"  "}'],
    ['{"query":null}'],
    ['{"query":5}'],
    ['"text"'],
    ['null'],
    [''],
  ])('refuses the body %j: no document', async (body) => {
    const answer = await raw(body);
    expect([answer.status, answer.body]).toEqual([400, refused('No query document supplied')]);
  });

  it('takes extensions as a map, as text of one, or as nothing', async () => {
    for (const extensions of [{}, { captcha: 'x' }, '{}', '', null]) {
      expect((await transport.post({ query: '{ needs }', extensions })).body).toEqual(answered(3));
    }
    for (const extensions of [[], 'x', 5]) {
      const answer = await transport.post({ query: '{ needs }', extensions });
      const entry = { message: 'Invalid extensions map', extensions: { code: 'invalid_extensions' } };
      expect([answer.status, answer.body]).toEqual([400, { data: null, errors: [entry] }]);
    }
  });
});

describe('other bodies', () => {
  it('reads a bare document, with variables and operation name from the URL', async () => {
    const url = `/api?operationName=B&variables=${encodeURIComponent('{"id":6}')}`;
    const document = 'query A { needs(id: 1) } query B($id: Int!) { needs(id: $id) }';
    const answer = await raw(document, 'application/graphql', url);
    expect(answer.body).toEqual(answered(6));
  });

  it('reads a form', async () => {
    const answer = await http()
      .post('/api')
      .type('form')
      .send({ query: needs, variables: '{"id":7}', operationName: '' });
    expect(answer.body).toEqual(answered(7));
  });

  it.each([['text/plain'], ['multipart/form-data; boundary=x'], ['application/xml']])(
    'finds no document in %s',
    async (type) => {
      const answer = await raw('{ needs }', type);
      expect([answer.status, answer.body]).toEqual([400, refused('No query document supplied')]);
    },
  );

  it('finds no document in a POST without body', async () => {
    const answer = await http().post('/api');
    expect([answer.status, answer.body]).toEqual([400, refused('No query document supplied')]);
  });
});

describe('GET', () => {
  it('runs a query without any header', async () => {
    const answer = await http().get('/api').query({ query: needs, variables: '{"id":8}', operationName: '' });
    expect([answer.status, answer.body]).toEqual([200, answered(8)]);
    expect((await http().get('/api/').query({ query: '{ needs }' })).body).toEqual(answered(3));
  });

  it('refuses a mutation, and runs the query beside it', async () => {
    const query = 'query Q { needs } mutation M { remember(word: "never") }';
    const answer = await http().get('/api').query({ query, operationName: 'M' });
    expect([answer.status, answer.body]).toEqual([405, refused('Can only perform a mutation from a POST request')]);
    expect(answer.headers['allow']).toBe('POST');
    expect((await http().get('/api').query({ query, operationName: 'Q' })).body).toEqual(answered(3));
    const { body } = await transport.post({ query: 'mutation { remember(word: "first") }' });
    expect(body.data.remember).toEqual(['first']);
  });

  it('refuses no document and undecodable variables', async () => {
    const nothing = await http().get('/api');
    expect([nothing.status, nothing.body]).toEqual([400, refused('No query document supplied')]);
    const undecodable = await http().get('/api').query({ query: '{ needs }', variables: '{"id":' });
    expect([undecodable.status, undecodable.body]).toEqual([400, refused('The variable values could not be decoded')]);
  });

  it('answers a wrong document with 200', async () => {
    const answer = await http().get('/api').query({ query: '{ nothing }' });
    expect(answer.status).toBe(200);
    expect(answer.body.errors).toHaveLength(1);
  });
});

describe('batch', () => {
  it('answers each element in order, with its other keys', async () => {
    const answer = await transport.post([
      { query: needs, variables: { id: 1 }, id: 'a', operationName: '' },
      { query: '{ nothing }', id: 'b' },
      { query: 'mutation { remember(word: "batched") }', extra: { deep: [1] } },
      { id: 'c' },
      'no object',
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([
      { id: 'a', operationName: '', payload: answered(1) },
      { id: 'b', payload: { errors: [expect.objectContaining({ message: expect.stringContaining('nothing') })] } },
      { extra: { deep: [1] }, payload: { data: { remember: expect.arrayContaining(['batched']) } } },
      { id: 'c', payload: refused('No query document supplied') },
      { payload: refused('No query document supplied') },
    ]);
  });

  it('gives each element an idempotency key of its own', async () => {
    const query = 'mutation { sign(contact: {firstName: "Ada"}) }';
    const answer = await transport.post([{ query }, { query }], { 'idempotency-key': 'k' });
    const keys = answer.body.map(({ payload }: { payload: { data: { sign: string } } }) => {
      return (JSON.parse(payload.data.sign) as { idempotencyKey: string }).idempotencyKey;
    });
    expect(keys).toEqual(['k#0', 'k#1']);
    const alone = await transport.post({ query }, { 'idempotency-key': 'k' });
    expect(JSON.parse(alone.body.data.sign)).toMatchObject({ idempotencyKey: 'k' });
  });

  it('answers an empty batch with an empty list', async () => {
    expect((await transport.post([])).body).toEqual([]);
  });

  it('shows a fault of one element in the status, the others keep their answers', async () => {
    const answer = await transport.post([{ query: '{ needs }' }, { query: '{ broken }' }, { query: '{ needs }' }]);
    expect(answer.status).toBe(500);
    expect(answer.body[0]).toEqual({ payload: answered(3) });
    expect(answer.body[1].payload.errors[0].message).toBe('Internal server error');
    expect(answer.body[2]).toEqual({ payload: answered(3) });
  });
});

describe('limits', () => {
  const padded = (bytes: number): string => {
    const frame = JSON.stringify({ query: '{ needs }', pad: '' });
    return JSON.stringify({ query: '{ needs }', pad: 'x'.repeat(bytes - frame.length) });
  };

  it('takes 8 000 000 bytes of JSON and no more', async () => {
    expect((await raw(padded(8_000_000))).body).toEqual(answered(3));
    const answer = await raw(padded(8_000_001));
    expect([answer.status, answer.body]).toEqual([413, refused('Request body is too large')]);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('takes 1 000 000 bytes of form and no more', async () => {
    const form = (bytes: number): string => `query=${encodeURIComponent('{ needs }')}&pad=`.padEnd(bytes, 'x');
    const type = 'application/x-www-form-urlencoded';
    expect((await raw(form(1_000_000), type)).body).toEqual(answered(3));
    expect((await raw(form(1_000_001), type)).status).toBe(413);
  });
});

describe('other paths and methods', () => {
  it.each([['/'], ['/apis'], ['/api/x'], ['/graphql']])('answers %s with 404 in JSON', async (path) => {
    const answer = await http().get(path);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toMatchObject({ statusCode: 404 });
  });

  it('answers a URL that cannot be decoded in JSON', async () => {
    const answer = await http().get('/api/%zz');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('serves no other method at /api', async () => {
    expect((await http().put('/api').send({ query: '{ needs }' })).status).toBe(404);
    expect((await http().delete('/api')).status).toBe(404);
  });
});

describe('shutdown', () => {
  it('finishes what is in hand and takes nothing new', async () => {
    const closing = await startTransport();
    const { port } = closing.app.getHttpServer().address() as { port: number };
    const entered = new Promise<void>((resolve) => (slowQuery.entered = resolve));
    const url = `http://127.0.0.1:${port}/api?query=`;
    const inHand = fetch(`${url}{slow}`);
    await entered;
    const closed = closing.close();
    await expect(fetch(`${url}{needs}`)).rejects.toThrow();
    slowQuery.release();
    const answer = await inHand;
    expect([answer.status, await answer.json()]).toEqual([200, { data: { slow: 'done' } }]);
    await closed;
  });
});
