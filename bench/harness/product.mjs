import { existsSync } from 'node:fs';
import { fleet, serviceEnv, startService } from '../../tools/fleet.mjs';
import { inDist } from '../../tools/paths.mjs';
import { seedCatalogue, untilTopologyConfirmed } from './catalogue.mjs';
import { benchDir, logDir } from './environment.mjs';

/** Services a path needs. The gateway also makes the instance org and its key; drain does without. */
const NEEDED = {
  accept: ['topology-service', 'api-gateway'],
  drain: ['topology-service', 'action-ingest'],
  mails: ['topology-service', 'email-delivery'],
  events: ['topology-service'],
  stats: ['topology-service', 'api-gateway', 'stats-service'],
  'mtt-plan': ['topology-service'],
  start: fleet.map(({ name }) => name),
};

/** The product's services as processes on the bench's servers, as tools/fleet.mjs starts them for everyone. */
export class Product {
  running = new Map();

  constructor(environment, signal) {
    this.environment = environment;
    this.signal = signal;
  }

  static missing(paths) {
    const needed = new Set(paths.flatMap((path) => NEEDED[path]));
    return [...needed].filter((name) => !existsSync(inDist('apps', name, 'main.js')));
  }

  /** Starts a service and waits until it is ready, unless `isAwaited` is false. Info lines per request would be measured too. */
  async start(name, { env = {}, isAwaited = true } = {}) {
    const { infra, secrets } = this.environment;
    const settings = { ...serviceEnv(name, infra, secrets), LOG_LEVEL: 'warn', NODE_ENV: 'production', ...env };
    const service = await startService(name, { env: settings, logDir, pidDir: benchDir('pids') });
    this.running.set(name, service);
    if (isAwaited) await service.ready({ deadlineMs: 60_000, signal: this.signal });
    return service;
  }

  async stop(name) {
    const service = this.running.get(name);
    if (!service) return;
    this.running.delete(name);
    const how = await service.stop();
    if (how === 'killed') throw new Error(`${name} did not end by itself, see ${service.log}`);
  }

  /** What has to run, then the bench's own campaign. Returns its scope. */
  async prepare(paths) {
    const { infra } = this.environment;
    await this.start('topology-service');
    if (paths.includes('accept')) await this.start('api-gateway');
    const scope = await seedCatalogue(infra.databaseUrl);
    await untilTopologyConfirmed(infra.databaseUrl, scope.orgId, this.signal);
    return scope;
  }

  async stopAll() {
    for (const name of [...this.running.keys()].reverse()) await this.running.get(name).stop();
    this.running.clear();
  }
}
