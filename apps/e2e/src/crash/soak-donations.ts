import { randomBytes } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import { MailSigners } from './mail-signers';
import { settlePushes } from './push-audit';
import { PushEndpoint } from './push-endpoint';
import { aPushingOrg, type PushingOrg } from './push-world';
import type { SoakFleet } from './soak-fleet';
import { faultsOf, type SoakEnd, type SoakPart } from './soak-part';

const settleMs = 180_000;
const perSecond = 2;

/** Donations of an org whose actions are pushed to its webhook. */
export class SoakDonations implements SoakPart {
  readonly name = 'donations and webhooks out';
  private given = 0;

  private constructor(
    private readonly soak: SoakFleet,
    private readonly endpoint: PushEndpoint,
    private readonly pushing: PushingOrg,
    private readonly signers: MailSigners,
    private readonly run: string,
  ) {}

  static async start(soak: SoakFleet): Promise<SoakDonations> {
    const endpoint = new PushEndpoint();
    await endpoint.open();
    const pushing = await aPushingOrg(soak.fleet, endpoint.url);
    const run = `d${randomBytes(4).toString('hex')}`;
    const signers = new MailSigners({
      gatewayUrl: soak.balancer.url,
      pageIds: [pushing.page.id],
      run,
      concurrency: 3,
      actionOf: (number) => ({
        actionType: 'donate',
        donation: { amount: 500 + number, currency: 'EUR', payload: JSON.stringify({ provider: 'sepa', number }) },
      }),
    });
    signers.start();
    return new SoakDonations(soak, endpoint, pushing, signers, run);
  }

  tick(): void {
    this.given += perSecond;
    this.signers.allow(perSecond);
  }

  async stop(): Promise<void> {
    await waitFor(() => this.signers.accepted >= this.given, settleMs);
    await this.signers.stop();
  }

  async settle(): Promise<SoakEnd> {
    const { soak, endpoint, pushing, run, given } = this;
    const { sql, home } = soak.fleet;
    const accepted = new Set(Array.from({ length: given }, (_, number) => `${run}-${number}`));
    const books = { sql, amqpUrl: home.infra.amqpUrl, endpoint, org: pushing.org, run, accepted };
    const { faults, figures, seconds } = await settlePushes(books, settleMs);
    const amounts = await this.amounts();
    const wrong = [...accepted].filter((_, number) => amounts.get(500 + number) !== 1);
    await endpoint.close();
    return {
      figures: { ...figures, donations: amounts.size, settleSeconds: seconds },
      faults: { ...faults, ...faultsOf({ 'donations not stored once': wrong }) },
    };
  }

  /** Amount → how often it was given. Each gives another one. */
  private async amounts(): Promise<Map<number, number>> {
    const { rows } = await this.soak.fleet.sql.query<{ amount: number; times: number }>(
      `select d.amount::int, count(*)::int as times from actions.donations d join actions.actions a on a.id = d.action_id
        where a.fields->>'token' like $1 || '-%' group by 1`,
      [this.run],
    );
    return new Map(rows.map(({ amount, times }) => [amount, times]));
  }
}
