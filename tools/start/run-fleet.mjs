import { rmSync } from 'node:fs';
import { buildAll } from '../build.mjs';
import { fleet, inheritedEnv, loadSecrets, migrationEnv, serviceEnv, startService } from '../fleet.mjs';
import { ensureDatabase } from '../infra/database.mjs';
import { startServers } from '../infra/index.mjs';
import { choosePorts, isPortFree } from '../infra/ports.mjs';
import { inDist, inLocal } from '../paths.mjs';
import { endNoted } from '../process/daemon.mjs';
import { readJson, writeJson } from '../process/json-file.mjs';
import { runCommand } from '../setup/command.mjs';
import { say, secondsSinceStart, step } from '../setup/progress.mjs';
import { ensureSeeded, runDemo } from './demo.mjs';
import { keepRunning } from './keep-running.mjs';
import { isObjectStoreNamed, startObjectStore } from './object-store.mjs';
import { wipeLocal } from './wipe.mjs';

export const runFile = inLocal('run.json');
const logDir = inLocal('log');
const pidDir = inLocal('pids');

/** Ports stay the same from run to run while they are free; the gateway's is 4000 whenever that can be had. */
async function servicePorts() {
  const names = fleet.map((service) => service.name);
  const ports = await choosePorts(names, readJson(inLocal('ports.json')) ?? {});
  for (const { name, preferredPort } of fleet) {
    if (preferredPort && (await isPortFree(preferredPort))) ports[name] = preferredPort;
  }
  writeJson(inLocal('ports.json'), ports);
  return ports;
}

async function startServices(state, signal) {
  const ports = await servicePorts();
  for (const { name } of fleet) {
    const env = {
      ...serviceEnv(name, state.infra, state.secrets),
      // Base of the links in messages: where this fleet's gateway answers.
      PUBLIC_URL: `http://127.0.0.1:${ports['api-gateway']}`,
    };
    state.services.push(await startService(name, { env, logDir, pidDir, port: ports[name] }));
  }
  await Promise.all(state.services.map((service) => service.ready({ deadlineMs: 60_000, signal })));
}

/** What tools and tests read to find this fleet. */
function describeRun({ infra, services, objectStore, seeded }, gatewayUrl) {
  return {
    gateway: gatewayUrl,
    amqpUrl: infra.amqpUrl,
    amqpManagementUrl: infra.amqpManagementUrl,
    databaseUrl: infra.databaseUrl,
    redisUrl: infra.redisUrl,
    objectStore: objectStore && { url: objectStore.url, pid: objectStore.pid, log: objectStore.log },
    services: services.map(({ name, pid, port, log }) => ({ name, pid, port, log })),
    admin: seeded?.admin ?? null,
    demo: seeded?.demo ?? null,
    servers: ['postgres', 'rabbit', 'redis']
      .filter((name) => infra[name].isPrivate)
      .map((name) => ({ name, pid: infra[name].pid, log: infra[name].log })),
    dataDir: infra.dataDir,
    supervisor: { pid: process.pid },
  };
}

/** Built like the services, so it starts after the build. */
async function startObjects(state, signal) {
  const { objectStoreKey: key } = state.secrets;
  state.objectStore = await startObjectStore({ dir: inLocal('object-store'), logDir, pidDir, key, signal });
  state.infra.objectStore = state.objectStore.variables;
}

const gatewayOf = (services) => services.find((service) => service.name === 'api-gateway').url;

/** Builds while the servers start. Both are awaited whatever happens: what has started must be known to be stopped. */
async function prepare(state, signal) {
  const results = await Promise.allSettled([
    step('Postgres, RabbitMQ, Redis', async (report) => {
      state.infra = await startServers({ dir: inLocal('servers'), logDir, report, signal });
    }),
    step('build', () => buildAll({ signal, log: inLocal('log', 'build.log') })),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function bringUp(state, flags, signal) {
  if (flags.fresh) await step('wipe .local', () => wipeLocal());
  state.secrets = loadSecrets();
  await prepare(state, signal);
  await step('database and migrations', async () => {
    state.infra.databaseUrl = await ensureDatabase(state.infra.databaseUrl);
    const env = { ...inheritedEnv(), ...migrationEnv(state.infra, state.secrets) };
    await runCommand(process.execPath, [inDist('libs', 'persistence', 'migrate.js')], { env, signal });
  });
  if (!isObjectStoreNamed()) await step('object store', () => startObjects(state, signal));
  await step(`services ${fleet.map((service) => service.name).join(', ')}`, () => startServices(state, signal));
  const gatewayUrl = gatewayOf(state.services);
  const context = { infra: state.infra, secrets: state.secrets, gatewayUrl, signal };
  if (flags.seed) {
    await step('demo organisation and campaign', async () => {
      state.seeded = await ensureSeeded(context);
    });
  }
  const draft = inLocal('run.starting.json');
  writeJson(draft, describeRun(state, gatewayUrl));
  if (flags.seed && flags.demo) {
    await step('demo signatures', () => runDemo({ ...context, runFile: draft, onLine: say }));
  }
  writeJson(runFile, describeRun(state, gatewayUrl));
  rmSync(draft, { force: true });
  sayWhatNext(state, gatewayUrl);
}

function sayWhatNext({ seeded }, gatewayUrl) {
  say(`\nready after ${secondsSinceStart()}: ${gatewayUrl}`);
  if (seeded) {
    say(`  a page to sign      ${seeded.demo.pageName} (id ${seeded.demo.pageId}) of ${seeded.demo.orgName}`);
    say(`  sign in as owner    ${seeded.demo.owner?.email}, password and token in .local/run.json`);
    say(`  GraphQL             curl ${gatewayUrl}/api -H 'content-type: application/json' \\`);
    say(`                        -d '{"query":"{ actionPage(id: ${seeded.demo.pageId}) { name } }"}'`);
    say('  read the CRM queue  node dist/tools/crm-tail.js');
  }
  say('  all addresses       .local/run.json       logs  .local/log/       stop  Ctrl-C or npm stop\n');
}

async function takeDown(state) {
  rmSync(runFile, { force: true });
  for (const service of [...state.services].reverse()) {
    await step(`stop ${service.name}`, async (note) => {
      if ((await service.stop()) === 'killed') note(`it did not end by itself, see ${service.log}`);
    });
  }
  await state.objectStore?.stop();
  await endNoted(pidDir);
  if (state.infra) await step('stop Redis, RabbitMQ, Postgres', () => state.infra.stop());
}

/** Brings the fleet up, keeps it up until `signal` aborts, and takes it down in order, whatever happened before. */
export async function runFleet(flags, signal, { onReady }) {
  const state = { services: [], infra: null, objectStore: null, seeded: null };
  try {
    rmSync(runFile, { force: true });
    const left = await endNoted(pidDir);
    if (left.length > 0) say(`ended ${left.length} service(s) that a killed run had left`);
    await bringUp(state, flags, signal);
    onReady();
    const servers = ['postgres', 'rabbit', 'redis']
      .map((name) => state.infra[name])
      .filter((server) => server.isPrivate);
    const onRestart = () => writeJson(runFile, describeRun(state, gatewayOf(state.services)));
    const ours = state.objectStore ? [state.objectStore] : [];
    const kept = [...servers, ...ours, ...state.services].map((one) => keepRunning(one, { signal, onRestart }));
    if (flags.watch) {
      const { watchSources } = await import('./watch.mjs');
      kept.push(watchSources(state.services, { signal, onRestart }));
    }
    const untilAborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await Promise.all([...kept, signal.aborted || untilAborted]);
  } finally {
    await takeDown(state);
  }
}
