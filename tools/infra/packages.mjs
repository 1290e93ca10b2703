import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { findPostgres, findProgram, findRabbit, findRedis } from './binaries.mjs';
import { dockerAnswers } from './docker.mjs';

const SERVERS = {
  postgres: { title: 'Postgres 15 or later', find: findPostgres, debian: 'postgresql', variable: 'DATABASE_URL' },
  rabbit: { title: 'RabbitMQ 3.10 or later', find: findRabbit, debian: 'rabbitmq-server', variable: 'AMQP_URL' },
  redis: { title: 'Redis 7 or later', find: findRedis, debian: 'redis-server', variable: 'REDIS_URL' },
};

const missingOf = (wanted) => wanted.filter((name) => !SERVERS[name].find());

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_KEPT = `${POLICY}.before-groundswell`;
const POLICY_OURS = '#!/bin/sh\n# groundswell: no service is started while its tools install packages\nexit 101\n';

/**
 * Keeps packages from starting system servers while `work` installs them: Debian's own switch for that is this script. One that
 * is there already is put back afterwards; one of ours that a killed run left is removed.
 */
async function withoutServiceStarts(shell, work) {
  const isOurs = () => existsSync(POLICY) && readFileSync(POLICY, 'utf8') === POLICY_OURS;
  if (existsSync(POLICY) && !isOurs()) shell.move(POLICY, POLICY_KEPT);
  shell.write(POLICY, POLICY_OURS);
  try {
    return await work();
  } finally {
    if (existsSync(POLICY_KEPT)) shell.move(POLICY_KEPT, POLICY);
    else shell.remove(POLICY);
  }
}

/** File operations and commands as root: done here when we are root, through `sudo -n` (never asking) otherwise. */
function rootShell() {
  if (process.getuid?.() === 0) {
    return {
      prefix: [],
      move: renameSync,
      remove: (file) => rmSync(file, { force: true }),
      write: (file, text) => {
        writeFileSync(file, text);
        chmodSync(file, 0o755);
      },
    };
  }
  if (!findProgram('sudo') || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return null;
  const sudo = (args, input) => {
    const result = spawnSync('sudo', ['-n', ...args], { input, stdio: ['pipe', 'ignore', 'pipe'], encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`sudo ${args[0]} failed: ${result.stderr}`);
  };
  return {
    prefix: ['sudo', '-n'],
    move: (from, to) => sudo(['mv', '-f', from, to]),
    remove: (file) => sudo(['rm', '-f', file]),
    write: (file, text) => {
      sudo(['tee', file], text);
      sudo(['chmod', '755', file]);
    },
  };
}

/** Runs a command and keeps what it says for the error message. */
function run([command, ...args], env, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

async function installDebianPackages(names, shell, signal) {
  const apt = (...args) => [...shell.prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', ...args];
  const install = apt('install', '--no-install-recommends', ...names);
  await withoutServiceStarts(shell, async () => {
    try {
      await run(install, {}, signal);
    } catch {
      // Fresh images come without package lists, and old lists name versions that are gone.
      signal?.throwIfAborted();
      await run(apt('update'), {}, signal);
      await run(install, {}, signal);
    }
  });
}

function explain(missing, problem) {
  const lines = missing.map((name) => {
    const { title, debian, variable } = SERVERS[name];
    return `  - ${title}: install it (Debian package ${debian}), or name a running one in ${variable}`;
  });
  const tried = problem ? `\nInstalling them was tried and failed: ${problem.message}` : '';
  return `These servers are needed and were not found here:\n${lines.join('\n')}\nOr start a Docker engine.${tried}`;
}

/**
 * Sees to it that every wanted server can be started: as installed, else by installing Debian packages (as root or with sudo),
 * else in Docker. Returns the names that must run in Docker; throws with all that is missing when nothing helps.
 */
export async function ensureInstalled(wanted, { report, signal }) {
  let missing = missingOf(wanted);
  let problem;
  if (missing.length > 0 && findProgram('apt-get')) {
    const shell = rootShell();
    if (shell) {
      const packages = missing.map((name) => SERVERS[name].debian);
      report(`installing ${packages.join(', ')}`);
      problem = await installDebianPackages(packages, shell, signal).catch((error) => error);
      signal?.throwIfAborted();
      missing = missingOf(wanted);
    }
  }
  if (missing.length > 0 && !dockerAnswers()) throw new Error(explain(missing, problem));
  return missing;
}

/**
 * The browser that page tests drive: as named in CHROMIUM_PATH, as installed, else the Debian package. Null when there is none
 * to be had; the tests that need it say so themselves.
 */
export async function ensureChromium({ report, signal }) {
  const find = () => process.env.CHROMIUM_PATH ?? findProgram('chromium');
  const shell = find() || !findProgram('apt-get') ? null : rootShell();
  if (shell) {
    report('installing chromium');
    await installDebianPackages(['chromium'], shell, signal).catch((error) => report(error.message));
    signal?.throwIfAborted();
  }
  return find() ?? null;
}
