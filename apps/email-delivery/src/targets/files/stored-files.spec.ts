import type { CallResult, HttpCall } from '@groundswell/http';
import { storedFileLimits, StoredFiles } from './stored-files';

const account = { id: 1, name: 'supabase', host: 'https://files.test', user: '', password: 'key', path: '' };
const answered = (status: number, bytes = Buffer.alloc(0)): CallResult => ({
  kind: 'answered',
  status,
  headers: {},
  text: '',
  bytes,
});
const file = (bytes: number): CallResult => answered(200, Buffer.alloc(bytes, 1));

describe('StoredFiles', () => {
  let now: number;
  let calls: string[];
  let asked: HttpCall[];
  let answers: Record<string, CallResult>;
  let files: StoredFiles;
  beforeEach(() => {
    now = 0;
    calls = [];
    answers = {};
    asked = [];
    const call = (wanted: HttpCall): Promise<CallResult> => {
      const { url } = wanted;
      asked.push(wanted);
      const path = url.split('/object/')[1] ?? '';
      calls.push(path);
      return Promise.resolve(answers[path] ?? answered(400));
    };
    files = new StoredFiles({ call }, { ...storedFileLimits, maxMailBytes: 10, keptBytes: 15 }, () => now);
  });
  const read = (...paths: string[]) => files.read(account, 1, paths);

  it('reads all, in order', async () => {
    answers = { 'b/one.png': file(3), 'b/two.pdf': file(5) };
    const result = await read('b/two.pdf', 'b/one.png');
    expect(result).toMatchObject({ kind: 'read', files: [{ path: 'b/two.pdf' }, { path: 'b/one.png' }] });
  });

  it('reads a file once for the mails of a batch, and again later', async () => {
    answers = { 'b/one.png': file(3) };
    await Promise.all([read('b/one.png'), read('b/one.png')]);
    await read('b/one.png');
    expect(calls).toHaveLength(1);
    now += storedFileLimits.keptMs;
    await read('b/one.png');
    expect(calls).toHaveLength(2);
    await files.read(account, 2, ['b/one.png']);
    expect(calls).toHaveLength(3);
  });

  it('keeps no more than it may', async () => {
    answers = { 'b/one.png': file(10), 'b/two.png': file(10) };
    await read('b/one.png');
    await read('b/two.png');
    await read('b/one.png');
    expect(calls).toHaveLength(3);
  });

  it('asks again for what is missing, after a rest', async () => {
    expect(await read('b/gone.png')).toMatchObject({ kind: 'not read', reason: 'storage: HTTP 400', isFinal: false });
    await read('b/gone.png');
    expect(calls).toHaveLength(1);
    now += storedFileLimits.restMs;
    answers = { 'b/gone.png': file(1) };
    expect(await read('b/gone.png')).toMatchObject({ kind: 'read' });
  });

  it.each<[string, CallResult]>([
    ['away', { kind: 'not-sent', error: 'connection: ECONNREFUSED' }],
    ['silent', { kind: 'unknown', error: 'no answer within 30000 ms' }],
    ['ill', answered(503)],
  ])('leaves a storage that is %s alone for a while', async (_how, answer) => {
    answers = { 'b/one.png': answer, 'b/two.png': file(1) };
    expect(await read('b/one.png')).toMatchObject({ kind: 'not read', isFinal: false });
    expect(await read('b/two.png')).toMatchObject({ kind: 'not read', isFinal: false, isAsked: false });
    expect(calls).toEqual(['b/one.png']);
    now += storedFileLimits.restMs;
    expect(await read('b/two.png')).toMatchObject({ kind: 'read' });
  });

  it.each<[string, Record<string, CallResult>]>([
    ['one file', { 'b/one.png': { kind: 'unknown', error: 'answer too large' } }],
    ['all together', { 'b/one.png': file(6), 'b/two.png': file(6) }],
  ])('gives up on what is too large: %s', async (_what, given) => {
    answers = given;
    const result = await read(...Object.keys(given));
    expect(result).toEqual({ kind: 'not read', reason: 'the files are too large', isFinal: true, isAsked: true });
  });

  it('stops at the first that is too much, and asks for none larger than what is left', async () => {
    answers = { 'b/1': file(6), 'b/2': { kind: 'unknown', error: 'answer too large' }, 'b/3': file(1) };
    expect(await read('b/1', 'b/2', 'b/3')).toMatchObject({ kind: 'not read', isFinal: true });
    expect(calls).toEqual(['b/1', 'b/2']);
    expect(asked.map(({ maxAnswerBytes }) => maxAnswerBytes)).toEqual([10, 4]);
    answers = { 'b/2': file(9) };
    expect(await read('b/2')).toMatchObject({ kind: 'read' });
  });

  it('fetches no more at once than there is room for', async () => {
    let underWay = 0;
    let most = 0;
    const call = async (): Promise<CallResult> => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return file(1);
    };
    files = new StoredFiles({ call }, { ...storedFileLimits, maxMailBytes: 10, fetchedBytes: 25 }, () => now);
    const results = await Promise.all(Array.from({ length: 10 }, (_, at) => read(`b/${at}`)));
    expect(results.every(({ kind }) => kind === 'read')).toBe(true);
    expect(most).toBe(2);
  });

  it('asks for no file outside a bucket', async () => {
    expect(await read('b/../../secret')).toMatchObject({ kind: 'not read', isFinal: true });
    expect(calls).toEqual([]);
  });
});
