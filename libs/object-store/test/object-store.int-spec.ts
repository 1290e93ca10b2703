import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startS3Server, waitFor, type S3Server } from '@groundswell/testing';
import { ObjectStore } from '../src/object-store';
import { objectStoreSettings } from '../src/object-store-settings';
import { preSignedLink } from '../src/pre-signed-link';

const mib = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');
const text = { contentType: 'text/plain' };

let s3: S3Server;
let store: ObjectStore;

const storeWith = (changes: Record<string, string> = {}, timeoutMs = 60_000): ObjectStore => {
  const env = { ...s3.env, ...changes };
  const settings = objectStoreSettings({
    OBJECT_STORE_REGION: 'us-east-1',
    ...env,
    OBJECT_STORE_TIMEOUT_MS: timeoutMs,
  });
  if (!settings) throw new Error('no settings');
  return new ObjectStore(settings);
};

const bytesOf = async (stream: Readable): Promise<Buffer> => Buffer.concat(await stream.toArray());

/** As a browser does: its own length, whatever the link allows. */
const put = (url: string, headers: Record<string, string>, body: Buffer): Promise<number> =>
  fetch(url, { method: 'PUT', headers: withoutLength(headers), body }).then(({ status }) => status);

const withoutLength = ({ 'content-length': _length, ...headers }: Record<string, string>) => headers;

beforeAll(async () => {
  s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'object-store-')) });
  store = storeWith();
});

afterAll(async () => {
  await store.close();
  await s3.stop({ discard: true });
});

test('what is written is read again, with its type, size and checksum, under names of any letters', async () => {
  for (const key of ['reports/1/plain.txt', "a b+c/ü'(!)*&=?#%25;:@,/€.csv"]) {
    const body = Buffer.from(`of ${key}`);
    expect(await store.write(key, body, text)).toEqual({ size: body.length, sha256: sha256(body) });
    expect(await store.head(key)).toEqual({ size: body.length, contentType: 'text/plain', sha256: sha256(body) });
    expect(await bytesOf(await store.read(key))).toEqual(body);
    await store.copy(key, `${key}.copy`);
    expect(await bytesOf(await store.read(`${key}.copy`, { from: 3 }))).toEqual(body.subarray(3));
    const link = await fetch(await store.presignGet(key, { expiresSeconds: 60, fileName: 'Ärger "1".txt' }));
    expect(Buffer.from(await link.arrayBuffer())).toEqual(body);
    expect(link.headers.get('content-disposition')).toBe(
      `attachment; filename="_rger__1_.txt"; filename*=UTF-8''%C3%84rger%20%221%22.txt`,
    );
  }
  await store.write('empty', Buffer.alloc(0), text);
  expect((await bytesOf(await store.read('empty'))).length).toBe(0);
});

test('a large stream is written in parts and read range by range; a reader may stop in the middle', async () => {
  const body = randomBytes(21 * mib + 17);
  const chunks = Array.from({ length: 43 }, (_, at) => body.subarray(at * (mib / 2), (at + 1) * (mib / 2)));
  const written = await store.write('uploads/1/large', Readable.from(chunks), { contentType: 'text/csv' });
  expect(written).toEqual({ size: body.length, sha256: sha256(body) });
  expect(await store.head('uploads/1/large')).toEqual({ size: body.length, contentType: 'text/csv', sha256: null });
  expect(sha256(await bytesOf(await store.read('uploads/1/large')))).toBe(sha256(body));
  expect(await bytesOf(await store.read('uploads/1/large', { from: body.length - 5 }))).toEqual(body.subarray(-5));
  for await (const chunk of await store.read('uploads/1/large')) {
    expect((chunk as Buffer).length).toBeGreaterThan(0);
    break;
  }
});

test('a stream that breaks, and a signal, leave nothing behind; an object replaced while it is read is an error', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(9 * mib);
      await Promise.resolve();
      throw new Error('torn');
    })(),
  );
  await expect(store.write('uploads/1/broken', broken, text)).rejects.toThrow('torn');
  const signal = AbortSignal.abort();
  await expect(store.write('uploads/1/broken', Buffer.from('x'), { ...text, signal })).rejects.toThrow(/abort/i);
  await expect(store.read('uploads/1/large', { signal })).rejects.toThrow(/abort/i);
  const endless = Readable.from(
    (async function* () {
      for (;;) yield await Promise.resolve(Buffer.alloc(mib));
    })(),
  );
  const limited = new AbortController();
  endless.once('data', () => limited.abort());
  await expect(store.write('uploads/1/broken', endless, { ...text, signal: limited.signal })).rejects.toThrow(/abort/i);
  expect(endless.destroyed).toBe(true);
  expect(await store.head('uploads/1/broken')).toBeNull();

  for (const size of [9 * mib, 17]) {
    await store.write('replaced', Buffer.alloc(9 * mib), text);
    const reader = (await store.read('replaced'))[Symbol.asyncIterator]();
    await reader.next();
    await store.write('replaced', Buffer.alloc(size, 1), text);
    await expect(
      (async () => {
        for (;;) if ((await reader.next()).done) return;
      })(),
    ).rejects.toMatchObject({ code: 'refused' });
  }
});

test('lists come in order and whole, removing twice is no error, a missing object is said to be missing', async () => {
  const keys = Array.from({ length: 5 }, (_, at) => `list/${at}`);
  for (const key of keys) await store.write(key, Buffer.from(key), text);
  expect(await store.list('list/')).toEqual({ keys, isMore: false });
  expect(await store.list('list/', 'list/2')).toEqual({ keys: ['list/3', 'list/4'], isMore: false });
  await store.remove('list/0');
  await store.remove('list/0');
  expect((await store.list('list/')).keys).toEqual(keys.slice(1));
  expect(await store.head('list/0')).toBeNull();
  await expect(store.read('list/0')).rejects.toMatchObject({ code: 'not_found' });
  await expect(store.copy('list/0', 'list/9')).rejects.toMatchObject({ code: 'not_found' });
});

test('a pre-signed upload takes exactly the type, size and checksum that were signed, under its key and in its time', async () => {
  const body = Buffer.from('a photo');
  const link = await store.presignPut('quarantine/1', {
    contentType: 'image/png',
    size: body.length,
    sha256: sha256(body),
    expiresSeconds: 60,
  });
  expect(link.expiresAt.getTime()).toBeGreaterThan(Date.now() + 50_000);
  const other = Buffer.from('a phot0');
  const outcomes = [
    await put(link.url, link.headers, Buffer.from('a larger photo')),
    await put(link.url, { ...link.headers, 'content-type': 'text/html' }, body),
    await put(link.url, { ...link.headers, 'x-amz-checksum-sha256': sha256(other) }, other),
    await put(link.url, link.headers, other),
    await put(link.url, { ...link.headers, 'x-amz-acl': 'public-read' }, body),
    await put(link.url.replace('quarantine/1', 'quarantine/2'), link.headers, body),
    await put(link.url.replace(/X-Amz-Expires=60/, 'X-Amz-Expires=6000'), link.headers, body),
  ];
  expect(outcomes).toEqual([403, 403, 403, 400, 403, 403, 403]);
  expect(s3.keys.filter((key) => key.startsWith('quarantine/'))).toEqual([]);
  expect(await put(link.url, link.headers, body)).toBe(200);
  expect(await store.head('quarantine/1')).toMatchObject({ contentType: 'image/png', sha256: sha256(body) });
  expect((await fetch(link.url)).status).toBe(403);
  const stale = await preSignedLink(
    { ...s3, publicEndpoint: s3.url, accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    'GET',
    'quarantine/1',
    { expiresSeconds: 1 },
  );
  expect(await waitFor(async () => (await fetch(stale)).status === 403)).toBe(true);
});

test('what cuts off the line, says "later" or knows us not is told apart', async () => {
  s3.failNext('unavailable', 2);
  expect(await store.head('empty')).toMatchObject({ size: 0 });
  s3.failNext('unavailable', 3);
  await expect(store.head('empty')).rejects.toMatchObject({ code: 'unavailable' });
  s3.failNext('reset');
  await expect(store.write('x', Buffer.from('x'), text)).rejects.toMatchObject({ code: 'unavailable' });
  s3.failNext('silent');
  const hasty = storeWith({}, 150);
  await expect(hasty.read('empty')).rejects.toMatchObject({ code: 'unavailable' });
  // A machine that stalls may not have asked by then: nothing of it is left for the next.
  await waitFor(() => hasty.head('empty'));
  const stranger = storeWith({ OBJECT_STORE_SECRET_ACCESS_KEY: 'wrong' });
  await expect(stranger.read('empty')).rejects.toMatchObject({ code: 'refused' });
  await expect(storeWith({ OBJECT_STORE_ENDPOINT: 'http://127.0.0.1:1' }).read('x')).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(() => storeWith({ OBJECT_STORE_BUCKET: '' })).toThrow('OBJECT_STORE_BUCKET');
  expect(objectStoreSettings({ OBJECT_STORE_REGION: 'x', OBJECT_STORE_TIMEOUT_MS: 1 })).toBeNull();
});

test('the server reads what the SDK sends by itself: a stream of unknown hash with its checksum behind it', async () => {
  const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  const body = randomBytes(300_000);
  await client.send(
    new PutObjectCommand({ Bucket: s3.bucket, Key: 'sdk', Body: Readable.from([body]), ContentLength: body.length }),
  );
  expect(await bytesOf(await store.read('sdk'))).toEqual(body);
  client.destroy();
});

test('a body shorter than it was said to be is not kept', async () => {
  const { url, headers } = await store.presignPut('half', { contentType: 'image/png', size: 100, expiresSeconds: 60 });
  await new Promise<void>((resolve) => {
    const call = request(url, { method: 'PUT', headers });
    call.on('error', () => resolve());
    call.on('close', () => resolve());
    call.write(Buffer.alloc(40), () => setTimeout(() => call.destroy(), 50));
  });
  expect(await store.head('half')).toBeNull();
});
