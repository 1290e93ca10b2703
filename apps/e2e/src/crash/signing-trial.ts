import { randomBytes } from 'node:crypto';
import { report } from './crash-report';
import { aCrashWorld, listen, type CrashWorld } from './crash-world';
import { LinedFleet } from './lined-fleet';
import { settle, type Faults } from './settlement';
import { SigningCrowd, type PhaseFigures } from './signing-crowd';

const settleMs = 120_000;

export interface PhaseEnd {
  figures: PhaseFigures;
  /** Accepted by way of the spool. */
  spooled: number;
  faults: Faults;
}

/** A crowd that signs on a fleet of its own while one thing after the other goes wrong. */
export class SigningTrial {
  private constructor(
    readonly lined: LinedFleet,
    readonly crowd: SigningCrowd,
    private readonly world: CrashWorld,
    private readonly run: string,
  ) {}

  static async start(purpose: string): Promise<SigningTrial> {
    const lined = await LinedFleet.create(purpose);
    try {
      await lined.start();
      const { fleet } = lined.crash;
      const world = await aCrashWorld(fleet);
      await listen(fleet, world);
      const run = `n${randomBytes(4).toString('hex')}`;
      const crowd = new SigningCrowd({
        gatewayUrl: fleet.gatewayUrl,
        pages: world.pages,
        run,
        people: 12,
        thinkMs: 100,
      });
      return new SigningTrial(lined, crowd, world, run);
    } catch (error) {
      await lined.stop();
      throw error;
    }
  }

  get servers() {
    return this.lined.crash.home.servers;
  }

  /** People sign during `work`; afterwards, with all in order again, those who were refused repeat theirs. */
  async phase(name: string, work: () => Promise<unknown>): Promise<PhaseEnd> {
    const spooledBefore = await this.spooledSoFar();
    const figures = await this.crowd.signDuring(work);
    const spooled = (await this.spooledSoFar()) - spooledBefore;
    await this.lined.crash.ready();
    const repeated = await this.crowd.repeatUnaccepted();
    const { sql } = this.lined.crash.fleet;
    const { amqpUrl } = this.lined.crash.home.infra;
    const { arrivals } = this.world;
    const books = { sql, amqpUrl, run: this.run, ledger: this.crowd.ledger, arrivals, counters: null };
    const settled = await settle(books, settleMs);
    report(name, { ...figures, spooled, repeated, ...settled });
    return { figures, spooled, faults: settled.faults };
  }

  async stop(): Promise<void> {
    this.crowd.leave();
    await this.world.arrivals.stop();
    await this.lined.stop();
  }

  private async spooledSoFar(): Promise<number> {
    const text = await (await fetch(`${this.lined.crash.fleet.gatewayUrl}/metrics`)).text();
    return Number(/^groundswell_gateway_accepted_total\{[^}]*path="spool"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
  }
}
