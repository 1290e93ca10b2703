import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeFlags, processVariables, stopping } from './launching.mjs';

/**
 * `node tools/serve.mjs <program> [arguments]`: what images and chart run. A program is a service, `migrate`, or one of
 * dist/tools. It becomes that program, with the flags it was measured with: there is no parent process, so signals and
 * exit codes are its own.
 *
 * With `--until-ready` a service runs only until `/ready` of PORT answers 200: exit code 0, or 1 after a time limit. The
 * topology Job of the chart is that.
 */
const USAGE = 'usage: node tools/serve.mjs <service | migrate | program of dist/tools> [--until-ready] [arguments]\n';
/** Programs that are called otherwise than their files. */
const PROGRAMS = { migrate: 'dist/libs/persistence/migrate.js', secrets: 'tools/secrets.mjs' };
const READY_LIMIT_MS = 600_000;
const READY_EVERY_MS = 500;
const ASK_LIMIT_MS = 2_000;

const inApp = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const [name, ...rest] = process.argv.slice(2);
const program = programOf(name);
const isUntilReady = rest[0] === '--until-ready';
const args = [...nodeFlags(name), program, ...(isUntilReady ? [] : rest)];
const env = { ...process.env, ...processVariables(name) };

if (isUntilReady) process.exitCode = await runUntilReady();
else if (process.execve) process.execve(process.execPath, [process.execPath, ...args], env);
else process.exitCode = await runAsChild();

function programOf(wanted) {
  if (wanted && /^[a-z0-9-]+$/.test(wanted)) {
    const places = [PROGRAMS[wanted], `dist/apps/${wanted}/main.js`, `dist/tools/${wanted}.js`];
    const found = places
      .filter(Boolean)
      .map(inApp)
      .find((path) => existsSync(path));
    if (found) return found;
    process.stderr.write(`there is no program "${wanted}" here\n`);
  }
  process.stderr.write(USAGE);
  return process.exit(2);
}

function start() {
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  return { child, ended };
}

/** Node before 22.15 cannot become another program. */
function runAsChild() {
  return start().ended;
}

async function isReady() {
  try {
    const url = `http://127.0.0.1:${process.env.PORT}/ready`;
    return (await fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })).status === 200;
  } catch {
    // It does not listen yet.
    return false;
  }
}

async function runUntilReady() {
  if (!process.env.PORT) {
    process.stderr.write('--until-ready needs PORT\n');
    return 2;
  }
  const { child, ended } = start();
  let code;
  void ended.then((value) => (code = value));
  const until = Date.now() + READY_LIMIT_MS;
  let ready = false;
  while (code === undefined && !ready && Date.now() < until) {
    ready = await isReady();
    if (!ready) await sleep(READY_EVERY_MS);
  }
  if (code === undefined) {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), stopping(name).graceSeconds * 1000);
    await ended;
    clearTimeout(killer);
  }
  process.stdout.write(`${name} ${ready ? 'was ready' : `was not ready within ${READY_LIMIT_MS / 1000} s`}\n`);
  return ready ? 0 : 1;
}
