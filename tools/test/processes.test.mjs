import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endNoted, endProcess, spawnDaemon } from '../process/daemon.mjs';
import { identify, isAlive } from '../process/identity.mjs';
import { OwnedError, claim, ownerOf } from '../process/ownership.mjs';

const dir = mkdtempSync(join(tmpdir(), 'groundswell-processes-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const startSleeper = (options = {}) =>
  spawnDaemon(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { log: join(dir, 'sleeper.log'), ...options });

test('a later process with the same pid is not taken for the one that was noted', () => {
  assert.equal(isAlive(identify(process.pid)), true);
  assert.equal(isAlive({ pid: process.pid, start: 'another/1' }), false);
});

test('a stopped process is woken and ends', async () => {
  const sleeper = startSleeper();
  process.kill(sleeper.pid, 'SIGSTOP');
  assert.equal(await endProcess(sleeper.identity), 'stopped');
  assert.equal(isAlive(sleeper.identity), false);
});

test('a process that ignores the request is made to end', async () => {
  const code = 'process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)';
  const deaf = spawnDaemon(process.execPath, ['-e', code], { log: join(dir, 'deaf.log') });
  while (!deaf.lastWords().includes('deaf')) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await endProcess(deaf.identity, { graceMs: 100 }), 'killed');
});

test('what a killed run noted is ended, and a note about a pid reused since is only removed', async () => {
  const pidDir = join(dir, 'pids');
  const sleeper = startSleeper({ pidFile: join(pidDir, 'sleeper.json') });
  writeFileSync(join(pidDir, 'reused.json'), JSON.stringify({ pid: process.pid, start: 'another/1' }));
  const ended = await endNoted(pidDir);
  assert.deepEqual(
    ended.map((one) => one.pid),
    [sleeper.pid],
  );
});

test('a lock has one holder, and one left by a killed process is taken over', () => {
  const file = join(dir, 'a.lock');
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: 'another/1' }));
  const release = claim(file, 'the lock');
  assert.equal(ownerOf(file).pid, process.pid);
  assert.throws(() => claim(file, 'the lock'), OwnedError);
  release();
  assert.equal(ownerOf(file), null);
});
