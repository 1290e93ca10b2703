import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fleet, inheritedEnv } from '../tools/fleet.mjs';
import { findFreePort } from '../tools/infra/ports.mjs';
import { inRoot } from '../tools/paths.mjs';
import { endProcess, spawnDaemon } from '../tools/process/daemon.mjs';
import { say } from '../tools/setup/progress.mjs';
import { measureCpu } from './harness/cpu.mjs';
import { benchDir, logDir } from './harness/environment.mjs';
import { summarise } from './harness/figures.mjs';
import { residentMemory } from './harness/memory.mjs';
import { whole } from './harness/text-table.mjs';

export const MOST_READY_MS = 2_000;
export const MOST_IDLE_MIB = 120;
/** By then V8 has collected what the start left behind, where it does so by itself. */
const IDLE_SECONDS = 20;
const ASK_EVERY_MS = 5;
const ASK_TIMEOUT_MS = 2_000;
const READY_WITHIN_MS = 60_000;
/** Nothing is compiled beforehand. In production email-delivery wants a key of its own. */
const COLD = { NODE_DISABLE_COMPILE_CACHE: '1', EMAIL_SRS_KEY: randomBytes(32).toString('hex') };

const canSeeProcesses = existsSync('/proc/self');

/** The status of one answer; 0 where nobody answers. */
const statusOf = (url) =>
  new Promise((resolve) => {
    const call = get(url, { agent: false, timeout: ASK_TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', () => resolve(0));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
  });

/**
 * A start of each service by itself, from its process to its first `/ready` with 200; then what all of them hold when nobody asks
 * anything of them. The servers are up and the queues declared, as at a deployment.
 */
class StartBench {
  constructor(bench) {
    Object.assign(this, bench);
  }

  async run() {
    const floor = await this.measureFloor();
    if (!this.options.hasProduct) return { services: [], floor, idleSeconds: IDLE_SECONDS, targets: [] };
    for (const name of [...this.product.running.keys()].reverse()) await this.product.stop(name);
    const starts = new Map();
    for (const { name } of fleet) starts.set(name, await this.measureService(name));
    await sleep(IDLE_SECONDS * 1_000);
    const services = [...starts].map(([name, measured]) => ({
      name,
      ...measured,
      ...memoryOf(this.product.running.get(name).pid),
    }));
    for (const name of [...this.product.running.keys()].reverse()) await this.product.stop(name);
    return { services, floor, idleSeconds: IDLE_SECONDS, targets: targetsOf(services) };
  }

  /** The last one started stays. */
  async measureService(name) {
    const rounds = [];
    for (let round = 1; round <= this.options.rounds; round += 1) {
      await this.product.stop(name);
      const service = await this.product.start(name, { env: COLD, isAwaited: false });
      rounds.push(await this.clock(name, service.pid, `${service.url}/ready`));
    }
    const { readyMs, cpuMs } = summariseRounds(rounds);
    say(`             … ${name}: ready after ${whole(readyMs.median)} ms, ${whole(cpuMs.median)} ms of CPU`);
    return { readyMs, cpuMs };
  }

  async measureFloor() {
    const rounds = [];
    let memory;
    for (let round = 1; round <= this.options.rounds; round += 1) {
      const port = await findFreePort();
      const daemon = spawnDaemon(process.execPath, [inRoot('bench', 'floors', 'start-floor.mjs')], {
        log: `${logDir}/start-floor.log`,
        env: { ...inheritedEnv(), ...COLD, PORT: String(port) },
        pidFile: benchDir('pids', 'start-floor.json'),
      });
      try {
        rounds.push(await this.clock('the floor', daemon.pid, `http://127.0.0.1:${port}/ready`));
        memory = memoryOf(daemon.pid);
      } finally {
        await endProcess(daemon.identity);
      }
    }
    return { ...summariseRounds(rounds), ...memory };
  }

  /** From now, when the process has just been made. */
  async clock(name, pid, url) {
    const startedAt = performance.now();
    const cpu = measureCpu({ it: pid });
    while ((await statusOf(url)) !== 200) {
      this.signal.throwIfAborted();
      const isOver =
        performance.now() - startedAt > READY_WITHIN_MS || (canSeeProcesses && !existsSync(`/proc/${pid}`));
      if (isOver) throw new Error(`${name} is not ready, see ${logDir}`);
      await sleep(ASK_EVERY_MS);
    }
    const readyMs = performance.now() - startedAt;
    const { seconds } = cpu();
    return { readyMs, cpuMs: seconds.it === null ? null : seconds.it * 1_000 };
  }
}

const summariseRounds = (rounds) => ({
  readyMs: summarise(rounds.map(({ readyMs }) => readyMs)),
  cpuMs: summarise(rounds.map(({ cpuMs }) => cpuMs)),
});

function memoryOf(pid) {
  const { rss, anon, file, pss } = residentMemory(pid) ?? {};
  return { rssMiB: rss, anonMiB: anon, fileMiB: file, pssMiB: pss };
}

function targetsOf(services) {
  const most = (of) => services.reduce((worst, service) => (of(service) > of(worst) ? service : worst));
  const slowest = most(({ readyMs }) => readyMs.median);
  const targets = [{ name: `ms until ready, ${slowest.name}`, figure: slowest.readyMs.median, atMost: MOST_READY_MS }];
  if (services.some(({ rssMiB }) => rssMiB === undefined)) return targets;
  const largest = most(({ rssMiB }) => rssMiB);
  return [
    ...targets,
    { name: `MiB resident when idle, ${largest.name}`, figure: largest.rssMiB, atMost: MOST_IDLE_MIB },
  ];
}

export const benchStart = (bench) => new StartBench(bench).run();
