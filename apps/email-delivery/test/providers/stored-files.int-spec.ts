import type { HttpCaller } from '@groundswell/http';
import { openCaller } from '../../src/providers/http/provider-caller';
import type { StorageAccount } from '../../src/targets/files/storage-call';
import { storedFileLimits, StoredFiles } from '../../src/targets/files/stored-files';
import { S3Server, SupabaseServer } from './provider-servers';

const png = Buffer.from('89504e470d0a1a0a00ff', 'hex');
const callers: HttpCaller[] = [];
afterEach(() => Promise.all(callers.splice(0).map((caller) => caller.close())));

describe.each([
  {
    kind: 'supabase',
    server: new SupabaseServer('service-key'),
    account: { user: '', password: 'service-key', path: '' },
    stored: 'leaflets/river/one.png',
    asked: 'leaflets/river/one.png',
  },
  {
    kind: 's3',
    server: new S3Server('AKID', 'secret'),
    account: { user: 'AKID', password: 'secret', path: 'leaflets' },
    stored: 'leaflets/river/o!ne.png',
    asked: 'river/o!ne.png',
  },
])('files in $kind', ({ kind, server, account, stored, asked }) => {
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => server.files.set(stored, png));

  const read = (file: string, change: Partial<StorageAccount> = {}, allowPrivate = true, timeoutMs = 60_000) => {
    const caller = openCaller({ connectTimeoutMs: timeoutMs, timeoutMs, allowPrivate });
    callers.push(caller);
    const files = new StoredFiles(caller, { ...storedFileLimits, maxMailBytes: 100 });
    return files.read({ id: 1, name: kind, host: server.url, ...account, ...change }, 1, [file]);
  };
  const notRead = (reason: RegExp | string, isFinal = false) => ({
    kind: 'not read',
    reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    isFinal,
    isAsked: true,
  });

  it('come byte by byte', async () => {
    expect(await read(asked)).toEqual({ kind: 'read', files: [{ path: asked, content: png }] });
  });

  it('are refused to a wrong key, and missing ones are missing', async () => {
    expect(await read(asked, { password: 'wrong' })).toEqual(notRead(/^storage: HTTP 40[03]$/));
    expect(await read(`${asked}.gone`)).toEqual(notRead(/^storage: HTTP 40[04]$/));
  });

  it.each(['silent', 'reset', 'taken-then-half-answer'] as const)(
    'of a server that is %s may come later',
    async (mishap) => {
      server.mishap({ kind: mishap });
      expect(await read(asked, {}, true, 2_000)).toEqual(notRead(/^storage: /));
    },
  );

  it('too large are given up before all of them was read', async () => {
    server.files.set(stored, Buffer.alloc(101));
    expect(await read(asked)).toEqual(notRead('the files are too large', true));
  });

  it('inside our own network are not asked for', async () => {
    const { calls } = server;
    const before = calls.length;
    const host = server.url.replace('http:', 'https:');
    expect(await read(asked, { host }, false)).toEqual(notRead('storage: private address'));
    expect(calls).toHaveLength(before);
  });
});
