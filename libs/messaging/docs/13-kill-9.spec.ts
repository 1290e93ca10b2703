import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { waitFor } from '@groundswell/testing';
import { numbers, useBroker } from '../test/use-broker';

/** 13. The real thing: a process with up to 500 unacked messages is killed 25 times, at another moment each time. Nothing is
 *  lost, nobody is parked. Why, see 7. */
const broker = useBroker();
const root = join(import.meta.dirname, '../../..');

let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  // Below the packages, which stay outside of the bundle.
  await mkdir(join(root, '.local'), { recursive: true });
  folder = await mkdtemp(join(root, '.local/mortal-'));
  await promisify(execFile)(join(root, 'node_modules/.bin/esbuild'), [
    join(root, 'libs/messaging/test/mortal-process.ts'),
    '--bundle',
    '--platform=node',
    '--packages=external',
    '--format=esm',
    '--log-level=error',
    `--outfile=${join(folder, 'mortal.mjs')}`,
  ]);
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

const idsIn = async (file: string): Promise<Set<string>> => {
  const text = await readFile(join(folder, file), 'utf8').catch(() => '');
  return new Set(text.split('\n').filter(Boolean));
};

const live = async (queue: string): Promise<ChildProcess> => {
  child = spawn(process.execPath, [join(folder, 'mortal.mjs'), broker.vhost.amqpUrl, queue, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  });
  const started = child;
  let isBusy = false;
  started.stdout?.on('data', () => (isBusy = true));
  await waitFor(() => isBusy || started.exitCode !== null);
  return started;
};

it('loses nothing and parks nobody over 25 kills', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(500));

  for (let life = 0; life < 25; life += 1) {
    const victim = await live(queue);
    // Not a wait for something: the moment of the kill is the point of the test.
    await sleep((life * 37) % 300);
    const isGone = new Promise((resolve) => victim.once('exit', resolve));
    victim.kill('SIGKILL');
    await isGone;
    if ((await idsIn('handled')).size === 500) await broker.vhost.send(queue, numbers(500));
  }
  await live(queue);
  await waitFor(async () => (await idsIn('handled')).size === 500 && (await broker.vhost.look(queue))?.ready === 0);

  expect(await idsIn('handled')).toEqual(new Set(numbers(500).map(({ n }) => `m${n}`)));
  expect(await idsIn('parked')).toEqual(new Set());
});
