import { fleet as members, type Service, type ServiceName } from '@groundswell/fleet';
// What the chart deploys has no package name to import it by.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
import { stopping } from '../../../../tools/launching.mjs';
import { ownHome, type OwnHome } from '../fleet-home';
import { TestFleet } from '../test-fleet';
import { Balancer } from './balancer';
import { pause } from './crash-fleet';
import { MemoryLives } from './memory-lives';
import { StolenTime } from './stolen-time';

/** Of each service. */
const replicaCount = 2;
const readyMs = 120_000;
/** A request that fails after a time like this, of which the host took such a part, fails by the host. */
const stolenWithinMs = 10_000;
const stolenPart = 0.1;

export interface Roll {
  service: ServiceName;
  /** Until the last old replica had gone. */
  seconds: number;
  /** How long each old replica took to end once told. */
  endedAfterMs: number[];
}

/**
 * The whole fleet with two replicas of each service behind a balancer, rolled as a Deployment does with one more replica than wanted
 * and none fewer: a new one is ready before an old one goes; the old one gets no new request, waits, is told, and ends in its time.
 */
export class SoakFleet {
  readonly memory = new MemoryLives();
  readonly rolls: Roll[] = [];
  /** Replicas that did not end as they should. */
  readonly badEnds: string[] = [];
  /** What failed while the host had taken the processors away. */
  readonly excused: string[] = [];
  readonly stolen = new StolenTime();
  private readonly replicas = new Map<ServiceName, Service[]>();
  private readonly numbers = new Map<ServiceName, number>();

  private constructor(
    readonly home: OwnHome,
    readonly fleet: TestFleet,
    readonly balancer: Balancer,
    private readonly settings: Partial<Record<ServiceName, Record<string, string>>>,
  ) {}

  /** `settingsFor` is asked before anything starts. */
  static async start(
    purpose: string,
    settingsFor: (fleet: TestFleet) => Partial<Record<ServiceName, Record<string, string>>>,
  ): Promise<SoakFleet> {
    const home = await ownHome(purpose);
    const fleet = await TestFleet.create(home);
    const balancer = await Balancer.open();
    fleet.frontUrl = balancer.url;
    const soak = new SoakFleet(home, fleet, balancer, settingsFor(fleet));
    balancer.excuses = (what) => soak.excuses(what);
    try {
      // Two after the other, since this is a machine of few cores.
      for (const { name } of members) await Promise.all(Array.from({ length: replicaCount }, () => soak.add(name)));
      await Promise.all([...soak.replicas.values()].flat().map((service) => service.ready({ deadlineMs: readyMs })));
      return soak;
    } catch (error) {
      await soak.stop();
      throw error;
    }
  }

  /** Whether what failed just now is the doing of the machine's host; if so, it is noted as that. */
  excuses(what: string): boolean {
    if (this.stolen.part(performance.now() - stolenWithinMs) < stolenPart) return false;
    this.excused.push(what);
    return true;
  }

  async roll(name: ServiceName): Promise<Roll> {
    const startedAt = performance.now();
    const endedAfterMs: number[] = [];
    for (const old of this.replicas.get(name) ?? []) {
      const fresh = await this.add(name);
      await fresh.ready({ deadlineMs: readyMs });
      await this.untilRouted(fresh);
      endedAfterMs.push(await this.retire(old));
    }
    const roll = { service: name, seconds: Math.round((performance.now() - startedAt) / 1_000), endedAfterMs };
    this.rolls.push(roll);
    return roll;
  }

  async stop(): Promise<void> {
    this.memory.stop();
    this.stolen.stop();
    await Promise.all(this.fleet.services.map((service) => service.kill('SIGKILL')));
    await this.balancer.close();
    await this.fleet.stop();
  }

  private async add(name: ServiceName): Promise<Service> {
    const number = (this.numbers.get(name) ?? 0) + 1;
    this.numbers.set(name, number);
    const as = `${name}-${number}`;
    const service = await this.fleet.startOne(name, { PUBLIC_URL: this.balancer.url, ...this.settings[name] }, as);
    this.replicas.set(name, [...(this.replicas.get(name) ?? []), service]);
    this.memory.watch(service);
    if (name === 'api-gateway') this.balancer.add(as, service.url);
    return service;
  }

  private async untilRouted({ name, as }: Service): Promise<void> {
    if (name !== 'api-gateway') return;
    const until = performance.now() + readyMs;
    while (!this.balancer.ready.includes(as)) {
      if (performance.now() > until) throw new Error(`${as} gets no requests`);
      await pause(50);
    }
  }

  private async retire(old: Service): Promise<number> {
    const { name, as } = old;
    this.replicas.set(
      name,
      (this.replicas.get(name) ?? []).filter((replica) => replica !== old),
    );
    const { preStopSeconds, graceSeconds } = stopping(name);
    this.balancer.remove(as);
    await pause(preStopSeconds * 1_000);
    this.memory.leave(as);
    const toldAt = performance.now();
    const { exited } = old;
    const how = await old.stop({ graceMs: graceSeconds * 1_000 });
    const { code, signal } = await exited;
    const isWell = how === 'stopped' && (code === 0 || signal === 'SIGTERM');
    if (!isWell) this.badEnds.push(`${as}: ${how}, code ${code}, signal ${signal}`);
    return Math.round(performance.now() - toldAt);
  }
}
