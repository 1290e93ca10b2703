import { randomBytes } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import type { FaultyMailServer } from './faulty-mail-server';
import { MailSigners } from './mail-signers';
import { settleMessages } from './mtt-audit';
import { anMttCampaign, type MttWorld } from './mtt-world';
import type { SoakFleet } from './soak-fleet';
import { faultsOf, type SoakEnd, type SoakPart } from './soak-part';

const settleMs = 180_000;
const everySeconds = 2;
const targets = 6;
const perSignature = 2;
/** After the last signature the campaign still goes on for so long. */
const afterwardsMs = 15_000;

/** Every fifth signature is a person's second one: its messages are duplicates, which nobody gets. */
const personOf = (number: number): number => (number % 5 === 4 ? number - 1 : number);

/** Signatures with messages to two targets each, of a campaign that drips as long as the soak takes. */
export class SoakTargets implements SoakPart {
  readonly name = 'mail to targets';
  private given = 0;

  private constructor(
    private readonly soak: SoakFleet,
    private readonly server: FaultyMailServer,
    private readonly world: MttWorld,
    private readonly signers: MailSigners,
  ) {}

  static async start(soak: SoakFleet, server: FaultyMailServer, soakMs: number): Promise<SoakTargets> {
    const windowMs = soakMs + afterwardsMs;
    const world = await anMttCampaign(soak.fleet, { host: server.sink.url, targets, windowMs });
    const signers = new MailSigners({
      gatewayUrl: soak.balancer.url,
      pageIds: world.pages.map(({ id }) => id),
      run: `t${randomBytes(4).toString('hex')}`,
      concurrency: 2,
      personOf,
      mttOf: (person) => ({
        subject: 'Please act, {{target.name}}',
        body: 'Dear {{target.name}},\nthe river.',
        targets: Array.from({ length: perSignature }, (_, at) => world.targetIds[(person + at) % targets]),
      }),
    });
    signers.start();
    return new SoakTargets(soak, server, world, signers);
  }

  tick(second: number): void {
    if (second % everySeconds !== 0) return;
    this.given += 1;
    this.signers.allow(1);
  }

  async stop(): Promise<void> {
    await waitFor(() => this.signers.accepted >= this.given, settleMs);
    await this.signers.stop();
  }

  async settle(): Promise<SoakEnd> {
    const { campaignId } = this.world;
    const accepted = this.given * perSignature;
    const books = { sql: this.soak.fleet.sql, server: this.server, campaignId, accepted };
    const { faults, figures, unknown, seconds } = await settleMessages(books, settleMs);
    return {
      figures: { ...figures, taken: this.server.count, settleSeconds: seconds },
      faults: { ...faults, ...faultsOf({ 'not sent': unknown > 0 ? [unknown] : [] }) },
    };
  }
}
