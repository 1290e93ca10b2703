import type { Service } from '@groundswell/fleet';
import { ownHome, type OwnHome } from '../fleet-home';
import { TestFleet } from '../test-fleet';
import { nameOf, type Blow, type Strike, type VictimKind } from './strikes';

interface Victim {
  kill(): Promise<unknown>;
  bringBack(): Promise<unknown>;
}

/** Found again at once after a kill; everything that decides about safety keeps its default. */
const topologySettings = { BROKER_RETRY_FIRST_MS: '200', BROKER_RETRY_MAX_MS: '2000', YOUNG_QUEUE_MS: '5000' };
const ingestSettings = (replica: string) => ({ REPLICA_ID: replica, PROCESS_OLD_INTERVAL: '2000' });

/** A fleet on servers of its own, every part of which can be killed, with replicas that come and go. */
export class CrashFleet {
  private readonly gone = new Set<Service>();

  private constructor(
    readonly home: OwnHome,
    readonly fleet: TestFleet,
  ) {}

  static async create(purpose: string): Promise<CrashFleet> {
    const home = await ownHome(purpose);
    return new CrashFleet(home, await TestFleet.create(home));
  }

  /** topology-service, and as many replicas of the others as are asked for; resolves once all can work. */
  async start({ ingests = 1, gateways = 1, topology = {} as Record<string, string> } = {}): Promise<void> {
    await this.fleet.startOne('topology-service', { ...topologySettings, ...topology });
    for (let index = 1; index <= ingests; index += 1) await this.add('action-ingest', index);
    for (let index = 1; index <= gateways; index += 1) await this.add('api-gateway', index);
    await this.ready();
  }

  async add(kind: 'action-ingest' | 'api-gateway', index: number): Promise<Service> {
    const as = index === 1 ? kind : `${kind}-${index}`;
    return this.fleet.startOne(kind, kind === 'action-ingest' ? ingestSettings(as) : {}, as);
  }

  get present(): Service[] {
    return this.fleet.services.filter((service) => !this.gone.has(service));
  }

  /** Where clients may ask; one that is down refuses them. */
  get gatewayUrls(): string[] {
    return this.present.filter(({ name }) => name === 'api-gateway').map(({ url }) => url);
  }

  async ready(): Promise<void> {
    await Promise.all(this.present.map((service) => service.ready({ deadlineMs: 60_000 })));
  }

  /** Resolves when everything that was killed works again. */
  async strike(strike: Strike): Promise<void> {
    const ends = await Promise.allSettled(strike.blows.map((blow) => this.deal(blow)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw new Error(`${nameOf(strike)} did not come back`, { cause: failed.reason });
    await this.ready();
  }

  async changeReplicas({ kind, isGentle }: NonNullable<Strike['replica']>): Promise<string> {
    const spare = this.fleet.services.find(({ as }) => as === `${kind}-3`);
    if (!spare || this.gone.has(spare)) {
      const added = (await spare?.restart()) ?? (await this.add(kind, 3));
      // Clients hear of it when it can work.
      this.gone.add(added);
      await added.ready({ deadlineMs: 60_000 });
      this.gone.delete(added);
      return `${kind}-3 added`;
    }
    this.gone.add(spare);
    await (isGentle ? spare.stop() : spare.kill('SIGKILL'));
    return `${kind}-3 ${isGentle ? 'removed' : 'killed for good'}`;
  }

  /** Ends everything, also after a failure half-way. */
  async stop(): Promise<void> {
    await Promise.all(this.fleet.services.map((service) => service.kill('SIGKILL')));
    await this.fleet.stop();
  }

  private async deal({ kind, pick, lagMs, awayMs }: Blow): Promise<void> {
    const victim = this.victim(kind, pick);
    await pause(lagMs);
    await victim.kill();
    await pause(awayMs);
    await victim.bringBack();
  }

  private victim(kind: VictimKind, pick: number): Victim {
    const { servers } = this.home;
    switch (kind) {
      case 'rabbit':
      case 'postgres':
      case 'redis': {
        const server = servers[kind];
        return { kill: () => server.kill('SIGKILL'), bringBack: () => server.restart() };
      }
      case 'action-ingest':
      case 'api-gateway':
      case 'topology-service':
      case 'email-delivery':
      case 'mtt-service':
      case 'crm-forwarder': {
        const replicas = this.present.filter(({ name }) => name === kind);
        const service = replicas[Math.floor(pick * replicas.length)];
        if (!service) throw new Error(`no ${kind} runs`);
        return { kill: () => service.kill('SIGKILL'), bringBack: () => service.restart() };
      }
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const describeStrike = (strike: Strike): string =>
  `${nameOf(strike)} (away ${strike.blows.map(({ awayMs }) => `${awayMs} ms`).join(', ')})`;
