import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { identify, isAlive } from './identity.mjs';
import { readJson, writeJson } from './json-file.mjs';
import { waitUntil } from './wait.mjs';

const MAX_LOG_BYTES = 20 * 1024 * 1024;

/** Opens a log for appending; one that has grown past 20 MB becomes `.1`, so a laptop that runs for weeks keeps two. */
export function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}

/** The end of a log, for an error message; with `from` only what was written after that many bytes. */
export function tailOf(file, from = 0) {
  try {
    return readFileSync(file).subarray(from).toString('utf8').trimEnd().split('\n').slice(-15).join('\n');
  } catch {
    return '';
  }
}

/**
 * Starts a long-running program with its output in `log`.
 *
 * It gets a process group of its own: Ctrl-C in a terminal goes to the whole group, and servers must outlive the services
 * that are still writing to them. So whoever calls this has to end it; `pidFile` lets a later run do that after a crash.
 * `lastWords()` is the end of what this start of it has logged. When GROUNDSWELL_PID_DIR is set every program is noted there too (the test runner ends what a killed test left).
 */
export function spawnDaemon(command, args, { log, env, cwd, uid, gid, pidFile }) {
  const out = openLog(log);
  const logFrom = fstatSync(out).size;
  const lastWords = () => tailOf(log, logFrom);
  try {
    const child = spawn(command, args, { env, cwd, uid, gid, detached: true, stdio: ['ignore', out, out] });
    const exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
    });
    if (!child.pid) return { pid: undefined, identity: null, exited, lastWords, hasEnded: () => true };
    const identity = identify(child.pid);
    const notes = [
      pidFile,
      process.env.GROUNDSWELL_PID_DIR && join(process.env.GROUNDSWELL_PID_DIR, `${child.pid}.json`),
    ];
    for (const note of notes.filter(Boolean)) {
      writeJson(note, { ...identity, command: [command, ...args].join(' ') });
      void exited.then(() => readJson(note)?.pid === child.pid && rmSync(note, { force: true }));
    }
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    return { pid: child.pid, identity, exited, lastWords, hasEnded };
  } finally {
    closeSync(out);
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function send(identity, signal) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

export const waitGone = (identity, deadlineMs) =>
  waitUntil(`process ${identity.pid} ends`, () => !isAlive(identity), { deadlineMs, everyMs: 20 });

/**
 * Asks a process to end and insists after `graceMs`. A stopped one (SIGSTOP) is woken first, or it would never hear it.
 * Returns how it went: 'gone' (was not there), 'stopped' or 'killed'.
 */
export async function endProcess(identity, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (!send(identity, signal)) return 'gone';
  send(identity, 'SIGCONT');
  try {
    await waitGone(identity, graceMs);
    return 'stopped';
  } catch {
    send(identity, 'SIGKILL');
    await waitGone(identity, 10_000);
    return 'killed';
  }
}

/** Ends every process noted in a folder of pid files, and removes the notes. Returns those that were still running. */
export async function endNoted(dir, options) {
  const files = existsSync(dir) ? readdirSync(dir).filter((file) => file.endsWith('.json')) : [];
  const ended = await Promise.all(
    files.map(async (file) => {
      const note = readJson(join(dir, file));
      const how = note ? await endProcess(note, options) : 'gone';
      rmSync(join(dir, file), { force: true });
      return how === 'gone' ? [] : [{ ...note, how }];
    }),
  );
  return ended.flat();
}
