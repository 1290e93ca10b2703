import { randomBytes } from 'node:crypto';
import { supporterStatusCode } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import type { TakenMail } from '../mail-sink';
import { pause } from './crash-fleet';
import type { FaultyMailServer } from './faulty-mail-server';
import { settleMails } from './mail-audit';
import { MailSigners } from './mail-signers';
import { aConfirmingOrg, aThankingOrg, type MailingOrg } from './mail-world';
import type { SoakFleet } from './soak-fleet';
import { faultsOf, type SoakEnd, type SoakPart } from './soak-part';

const settleMs = 180_000;
const perSecond = 4;
const webhooksEverySeconds = 5;
/** Mails of which the provider tells each time. */
const webhooksAtOnce = 5;
const callTimeoutMs = 10_000;
const againMs = 1_000;
const mostTries = 60;

interface OpenedMail {
  id: string;
  actionId: string;
  token: string;
}

/** What is wrong with the answer; undefined of a good one. */
async function faultOf(url: string, init: RequestInit): Promise<string | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(callTimeoutMs) });
    await response.arrayBuffer();
    return response.status < 400 ? undefined : String(response.status);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Thank-yous, confirm mails whose link is clicked, and what a provider tells by webhook of thank-yous that were opened. */
export class SoakMails implements SoakPart {
  readonly name = 'mails, links and webhooks in';
  private given = 0;
  private clicked = 0;
  private webhooks = 0;
  private readonly opened = new Set<string>();
  private readonly wrong: string[] = [];
  private readonly underWay = new Set<Promise<unknown>>();

  private constructor(
    private readonly soak: SoakFleet,
    private readonly server: FaultyMailServer,
    private readonly signers: MailSigners,
    private readonly thanking: MailingOrg,
    private readonly confirming: MailingOrg,
    private readonly webhook: { id: number; path: string },
    private readonly run: string,
  ) {
    server.onMail = (mail) => this.click(mail);
  }

  static async start(soak: SoakFleet, server: FaultyMailServer): Promise<SoakMails> {
    const { fleet, balancer } = soak;
    const thanking = await aThankingOrg(fleet, server.sink.url);
    const confirming = await aConfirmingOrg(fleet, server.sink.url);
    for (const { org } of [thanking, confirming]) await fleet.crmLogin(org.id);
    const { service } = await thanking.org.owner.data<{ service: { id: number; webhookUrl: string } }>(
      `mutation ($org: String!) { service: upsertService(orgName: $org, input: { name: MAILJET }) { id webhookUrl } }`,
      { org: thanking.org.name },
    );
    const run = `m${randomBytes(4).toString('hex')}`;
    const pageIds = [thanking.page.id, confirming.page.id];
    const signers = new MailSigners({ gatewayUrl: balancer.url, pageIds, run, concurrency: 4 });
    signers.start();
    const webhook = { id: service.id, path: new URL(service.webhookUrl).pathname };
    return new SoakMails(soak, server, signers, thanking, confirming, webhook, run);
  }

  tick(second: number): void {
    this.given += perSecond;
    this.signers.allow(perSecond);
    if (second % webhooksEverySeconds === 0) this.begin(this.tellOfOpened());
  }

  async stop(): Promise<void> {
    await waitFor(() => this.signers.accepted >= this.given, settleMs);
    await this.signers.stop();
    await Promise.all(this.underWay);
  }

  async settle(): Promise<SoakEnd> {
    const { sql } = this.soak.fleet;
    const confirmingPages = new Set([this.confirming.page.id]);
    const books = { sql, server: this.server, run: this.run, accepted: this.given, confirmingPages };
    const { faults, figures, seconds } = await settleMails(books, settleMs);
    await Promise.all(this.underWay);
    const unconfirmed = await this.untilNone(() => this.unconfirmed());
    const untold = await this.untilNone(() => this.untold());
    return {
      figures: {
        ...figures,
        taken: this.server.count,
        clicked: this.clicked,
        webhooks: this.webhooks,
        settleSeconds: seconds,
      },
      faults: {
        ...faults,
        ...faultsOf({
          'bad answers': this.wrong,
          'clicked and not confirmed': unconfirmed,
          'opened, and not known once': untold,
          'not sent': Object.entries(figures.byState).filter(([state]) => state !== 'sent'),
        }),
      },
    };
  }

  /** As whoever gets it does, on the link that is in it. */
  private click({ source }: TakenMail): void {
    const text = source.toString('latin1').replaceAll('=\r\n', '').replaceAll('=3D', '=');
    const [link] = /http:\/\/[^"<>\s]+\/link\/s\/\d+\/accept\/[^"<>\s]+/.exec(text) ?? [];
    if (!link) return;
    this.clicked += 1;
    this.begin(this.expectGood(link, { redirect: 'manual' }));
  }

  /** The account is Mailjet's as far as its webhooks go: they count for mails of this account only. Each comes twice. */
  private async tellOfOpened(): Promise<void> {
    const { rows } = await this.soak.fleet.sql.query<OpenedMail>(
      `update mail.deliveries d set service_id = $1 from actions.actions a
        where a.id = d.action_id and d.id in (
          select id from mail.deliveries where page_id = $2 and state = 'sent' and service_id <> $1 order by id limit $3)
        returning d.id, d.action_id as "actionId", a.fields->>'token' as token`,
      [this.webhook.id, this.thanking.page.id, webhooksAtOnce],
    );
    for (const { id, actionId, token } of rows) {
      const body = JSON.stringify({
        event: 'open',
        time: Math.floor(Date.now() / 1_000),
        email: `${token}@example.org`,
        CustomID: `action:${actionId}`,
        Payload: JSON.stringify({ d: Number(id) }),
      });
      const call = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      this.webhooks += 2;
      this.opened.add(id);
      for (let repeat = 0; repeat < 2; repeat += 1) {
        await this.expectGood(`${this.soak.balancer.url}${this.webhook.path}`, call);
      }
    }
  }

  private async expectGood(url: string, init: RequestInit): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const fault = await faultOf(url, init);
      if (!fault) return;
      const what = `${new Date().toISOString()} ${fault} for ${new URL(url).pathname}`;
      if (!this.soak.excuses(what) || attempt === mostTries) return void this.wrong.push(what);
      // People and providers try again.
      await pause(againMs);
    }
  }

  private begin(work: Promise<unknown>): void {
    const kept: Promise<unknown> = work
      .catch((error: unknown) => this.wrong.push(String(error)))
      .finally(() => this.underWay.delete(kept));
    this.underWay.add(kept);
  }

  private async unconfirmed(): Promise<unknown[]> {
    const { rows } = await this.soak.fleet.sql.query(
      `select a.id, s.processing_status from actions.actions a join actions.supporters s on s.id = a.supporter_id
        where a.action_page_id = $1 and s.processing_status <> $2`,
      [this.confirming.page.id, supporterStatusCode('accepted')],
    );
    return rows;
  }

  private async untold(): Promise<unknown[]> {
    const { rows } = await this.soak.fleet.sql.query(
      `select o.id, count(e.delivery_id)::int as times
         from unnest($1::bigint[]) as o (id) left join mail.events e on e.delivery_id = o.id and e.type = 'opened'
        group by o.id having count(e.delivery_id) <> 1`,
      [[...this.opened]],
    );
    return rows;
  }

  private async untilNone(find: () => Promise<unknown[]>): Promise<unknown[]> {
    await waitFor(async () => (await find()).length === 0, settleMs).catch(() => undefined);
    return find();
  }
}
