import { randomBytes } from 'node:crypto';
import { seededRandom } from '@groundswell/testing';
import { ApiClient } from '../api-client';
import { CrashClient } from './crash-client';
import { aCrashWorld, listen, type CrashWorld } from './crash-world';
import { settle } from './settlement';
import { settleCounters } from './shown-counters';
import type { SoakFleet } from './soak-fleet';
import { faultsOf, type SoakEnd, type SoakPart } from './soak-part';

const settleMs = 180_000;
/** Each submits four times a second at most. */
const people = 5;

/** Signatures, repeats, double clicks and shares of an org that reads its ORG.crm and of one that confirms supporters itself. */
export class SoakSigning implements SoakPart {
  readonly name = 'signatures and shares';

  private constructor(
    private readonly soak: SoakFleet,
    readonly world: CrashWorld,
    private readonly client: CrashClient,
    private readonly run: string,
    private readonly refused: string[],
  ) {}

  static async start(soak: SoakFleet): Promise<SoakSigning> {
    const world = await aCrashWorld(soak.fleet);
    await listen(soak.fleet, world);
    const run = `r${randomBytes(4).toString('hex')}`;
    const gatewayUrls = () => [soak.balancer.url];
    const random = seededRandom(1);
    const refused: string[] = [];
    const onUnknown = () => {
      const what = `${new Date().toISOString()} a submission was not accepted`;
      if (!soak.excuses(what)) refused.push(what);
    };
    const client = new CrashClient({ random, run, pages: world.pages, gatewayUrls, concurrency: people, onUnknown });
    client.start();
    return new SoakSigning(soak, world, client, run, refused);
  }

  get campaignIds(): number[] {
    return [...new Set(this.world.pages.map(({ campaignId }) => campaignId))];
  }

  tick(): void {
    // Its people go on by themselves.
  }

  stop(): Promise<void> {
    return this.client.stop();
  }

  async settle(): Promise<SoakEnd> {
    const { client, run, soak, world } = this;
    const { sql, home } = soak.fleet;
    const books = {
      sql,
      amqpUrl: home.infra.amqpUrl,
      run,
      ledger: client.ledger,
      arrivals: world.arrivals,
      counters: null,
    };
    const { faults, stored, seconds } = await settle(books, settleMs);
    const gateway = () => new ApiClient(soak.balancer.url);
    const counters = await settleCounters({ sql, gateway, campaignIds: this.campaignIds }, settleMs);
    await world.arrivals.stop();
    const { sent, accepted, unknown } = client;
    return {
      figures: { sent, accepted, unknown, stored, arrived: world.arrivals.idsByAction.size, settleSeconds: seconds },
      faults: {
        ...faults,
        ...faultsOf({ counters, 'not accepted': this.refused }),
      },
    };
  }
}
