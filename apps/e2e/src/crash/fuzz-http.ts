import { inspect } from 'node:util';
import { connect } from 'node:net';
import { actMutation, aSignature, signMutation } from '../campaign-world';
import { below, hostileJson, hostileValue, mutated, oneOf, randomBytesOf, type Random } from './fuzz-values';

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  status: number;
  text: string;
  ms: number;
  isTimeout: boolean;
}

/** Bytes as they are, and all that comes back until the other side closes. */
export const sendRaw = (url: string, bytes: Buffer, deadlineMs: number): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const startedAt = performance.now();
    const chunks: Buffer[] = [];
    let isTimeout = false;
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes));
    const timer = setTimeout(() => {
      isTimeout = true;
      socket.destroy();
    }, deadlineMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).toString('utf8');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, text, ms: performance.now() - startedAt, isTimeout });
    });
  });

const linkMutation = `mutation ($page: Int!, $ref: ID!, $refs: [String!]) {
  linkActions(actionPageId: $page, contactRef: $ref, linkRefs: $refs) { contactRef } }`;

const documents: readonly ((random: Random) => string)[] = [
  () => `query { ${'a { '.repeat(5_000)}`,
  () => `{ ${'[ '.repeat(3_000)}`,
  () => `query { ...A } fragment A on RootQueryType { ...B } fragment B on RootQueryType { ...A }`,
  (random) => `{ ${Array.from({ length: 1 + below(random, 3_000) }, (_, n) => `a${n}: __typename`).join(' ')} }`,
  (random) =>
    `{ ${Array.from({ length: 1 + below(random, 50) }, (_, n) => `p${n}: actionPage(id: ${n}) { name }`).join(' ')} }`,
  () => `{ ${Array.from({ length: 300_000 }, (_, n) => `a${n}:__typename`).join(' ')} }`,
  () => `query ($a: [[[[[[Int]]]]]]) { campaigns(id: $a) { id } }`,
  () => `{ __proto__ constructor toString: __typename }`,
  () => `mutation { addAction(actionPageId: 1, action: {actionType: "\\u0000"}, contactRef: "a") { contactRef } }`,
  () => `mutation { addAction(actionPageId: 1e400, action: {__proto__: 1}, contactRef: []) { contactRef } }`,
  (random) => `{ campaigns(title: ${JSON.stringify(inspect(hostileValue(random)))}) { id } }`,
  (random) => `{ campaign(id: ${oneOf(random, ['-1', '2147483648', '1.5', 'null', '"1"', 'NaN', '1e9'])}) { id } }`,
  () => `query @skip(if: true) { __typename @include(if: null) }`,
  () => `subscription { actionPageUpserted { id } }`,
  () => `"""`,
  () => '\ufeff{__typename}',
  (random) => randomBytesOf(random, below(random, 300)).toString('latin1'),
];

const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/graphql',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
  ';;;',
  'application/vnd.a+json',
] as const;

function hostileBody(random: Random, page: { id: number }): Buffer {
  const signature = aSignature(page);
  const share = { actionPage: page.id, action: { actionType: 'share' }, contactRef: 'abc' };
  const link = { page: page.id, ref: 'AAAA', refs: ['a', 'b'] };
  const [query, variables] = oneOf(random, [
    [signMutation, signature],
    [signMutation, signature],
    [actMutation, share],
    [linkMutation, link],
  ] as const);
  switch (below(random, 9)) {
    case 0:
      return randomBytesOf(random, below(random, 500));
    case 1:
      return Buffer.from(hostileJson(random, { query: oneOf(random, documents)(random) }));
    case 2:
      return Buffer.from(hostileJson(random, { query, variables: hostileValue(random) }));
    case 3:
      return Buffer.from(hostileJson(random, mutated(random, { query, variables, operationName: '', extensions: {} })));
    case 4:
      return Buffer.from(
        hostileJson(
          random,
          Array.from({ length: below(random, 40) }, () => hostileValue(random)),
        ),
      );
    case 5:
      return Buffer.from(`[${Array.from({ length: oneOf(random, [10, 200_000]) }, () => '{}').join(',')}]`);
    case 6:
      // Half a character at the end of a text.
      return Buffer.concat([Buffer.from('{"query":"{__typename}'), Buffer.from([0xc3]), Buffer.from('"}')]);
    default:
      return Buffer.from(hostileJson(random, { query, variables: mutated(random, variables) }));
  }
}

const linkPieces = [
  's',
  'd',
  'accept',
  'reject',
  '1',
  '0',
  '-1',
  '1e9',
  '9'.repeat(30),
  '%00',
  '%2e%2e',
  '%',
  '%ff%fe',
  'AAAA',
];
const redirs = [
  'https://evil.example/a',
  '//evil.example',
  'javascript:alert(1)',
  'https://a:b@c/d',
  '/\\evil',
  '%0d%0aSet-Cookie:a=b',
  'https://[::1',
  'x'.repeat(3_000),
];

function hostilePath(random: Random): string {
  const pieces = Array.from({ length: 1 + below(random, 5) }, () =>
    random() < 0.15 ? encodeURIComponent(randomBytesOf(random, 20).toString('latin1')) : oneOf(random, linkPieces),
  );
  const query =
    random() < 0.6 ? `?redir=${oneOf(random, redirs)}&doi=${oneOf(random, ['1', 'yes', 'x', '%00'])}&doi=1&a[]=1` : '';
  return `/link/${pieces.join('/')}${query}`;
}

const headerSets: readonly ((random: Random) => string[])[] = [
  () => [],
  (random) => [`Idempotency-Key: ${'k'.repeat(below(random, 400))}`],
  () => ['Idempotency-Key: \xff\xfe', 'Idempotency-Key: second'],
  () => ['Authorization: Basic %%%'],
  () => ['Authorization: Basic OjA=', 'Authorization: Bearer x'],
  () => ['Authorization: Bearer eyJhbGciOiJub25lIn0.e30.'],
  () => [`Authorization: Bearer API-${'A'.repeat(60)}`],
  () => [`Cookie: ${'c'.repeat(7_000)}`],
  () => [`X-Big: ${'b'.repeat(40_000)}`],
  () => ['X-Request-Id: \x01\x02', 'Traceparent: 00-zz-yy-01'],
  () => ['Referer: http://[::', 'Origin: null'],
  () => ['X-Forwarded-For: 999.1.1.1, <script>', 'Expect: 100-continue'],
  () => ['Content-Encoding: gzip'],
];

/** One request of a hostile client, whole as it goes over the wire. */
export function hostileRequest(random: Random, page: { id: number }): Buffer {
  const isLink = random() < 0.3;
  const path = isLink
    ? hostilePath(random)
    : oneOf(random, ['/api', '/api', '/api', '/api/', `/api?query=${'%7B'.repeat(below(random, 50))}&variables=%`]);
  const method = isLink
    ? oneOf(random, ['GET', 'GET', 'POST', 'HEAD'])
    : oneOf(random, ['POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS']);
  const body = method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : hostileBody(random, page);
  const type = random() < 0.8 ? 'application/json' : oneOf(random, contentTypes);
  const head = (lines: string[]): Buffer =>
    Buffer.from(
      [
        `${method} ${path} HTTP/1.1`,
        'Host: fuzz',
        `Content-Type: ${type}`,
        ...oneOf(random, headerSets)(random),
        ...lines,
        '',
        '',
      ].join('\r\n'),
      'latin1',
    );
  switch (below(random, 12)) {
    case 0: {
      const half = Math.floor(body.length / 2);
      const chunk = (part: Buffer) =>
        Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
      const chunks = body.length > 1 ? [chunk(body.subarray(0, half)), chunk(body.subarray(half))] : [];
      return Buffer.concat([
        head(['Transfer-Encoding: chunked', 'Connection: close']),
        ...chunks,
        Buffer.from('0\r\n\r\n'),
      ]);
    }
    case 1:
      // Less than announced.
      return Buffer.concat([head([`Content-Length: ${body.length + 10}`, 'Connection: close']), body]);
    case 2: {
      // Three in a row on one connection.
      const first = Buffer.concat([head([`Content-Length: ${body.length}`]), body]);
      return Buffer.concat([first, first, head([`Content-Length: ${body.length}`, 'Connection: close']), body]);
    }
    case 3:
      return Buffer.concat([
        head([`Content-Length: ${oneOf(random, ['-1', 'x', '99999999', '1e3'])}`, 'Connection: close']),
        body,
      ]);
    default:
      return Buffer.concat([head([`Content-Length: ${body.length}`, 'Connection: close']), body]);
  }
}
