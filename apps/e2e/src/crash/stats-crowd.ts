import type { Pool } from 'pg';
import { actMutation, aSignature, signMutation, type TestOrg, type TestPage } from '../campaign-world';
import { ApiClient } from '../api-client';

/** A page of the campaigns whose figures are watched. */
export interface CountedPage extends TestPage {
  org: TestOrg;
  name: string;
  /** Its org confirms supporters itself: nobody counts before. */
  isConfirming: boolean;
}

/** What figures of one campaign may show, by what was asked of the gateway so far. */
export interface Bounds {
  /** People who may count, and all extra supporters. */
  most: number;
  /** Supporters who may count no longer. */
  rejections: number;
}

interface Signature {
  email: string;
  ref: string;
  token: string;
  page: CountedPage;
}

export interface CrowdSettings {
  random: () => number;
  run: string;
  pages: CountedPage[];
  gatewayUrl: () => string;
  sql: Pool;
}

type Deed = 'sign' | 'again' | 'share' | 'test' | 'confirm' | 'reject' | 'extras';

/** How often each is done, of a hundred. */
const deeds: [Deed, number][] = [
  ['sign', 45],
  ['again', 18],
  ['share', 12],
  ['test', 5],
  ['confirm', 14],
  ['extras', 6],
];
const countries = ['PL', 'DE', 'FR'];

/** People who sign, sign again, share, test, confirm and take back, in an order that the seed decides. */
export class StatsCrowd {
  private readonly people = new Map<number, Set<string>>();
  private readonly rejected = new Map<number, number>();
  private readonly extras = new Map<number, number>();
  private readonly signatures: Signature[] = [];
  private next = 0;
  private changing: Promise<void> = Promise.resolve();

  constructor(private readonly settings: CrowdSettings) {}

  get deeds(): number {
    return this.next;
  }

  boundsOf(campaignId: number): Bounds {
    const pages = this.settings.pages.filter((page) => page.campaignId === campaignId);
    const extras = pages.reduce((sum, { id }) => sum + (this.extras.get(id) ?? 0), 0);
    const people = this.people.get(campaignId)?.size ?? 0;
    return { most: people + extras, rejections: this.rejected.get(campaignId) ?? 0 };
  }

  /** Extra supporters by org, once all that was asked for is done. */
  extrasOf(campaignId: number): Map<number, number> {
    const extras = new Map<number, number>();
    for (const page of this.settings.pages) {
      const count = this.extras.get(page.id) ?? 0;
      if (page.campaignId === campaignId && count > 0) extras.set(page.org.id, (extras.get(page.org.id) ?? 0) + count);
    }
    return extras;
  }

  /** `rejecting`: how many of a hundred deeds take a signature back. */
  async act(rejecting: number): Promise<void> {
    const roll = this.settings.random() * 100;
    if (roll < rejecting) return this.do('reject');
    let sum = 0;
    const pick = this.settings.random() * 100;
    await this.do(deeds.find(([, share]) => (sum += share) > pick)?.[0] ?? 'sign');
  }

  private async do(deed: Deed): Promise<void> {
    this.next += 1;
    const page = this.pick(this.settings.pages);
    const earlier = this.signatures.length > 0 ? this.pick(this.signatures) : null;
    const token = `${this.settings.run}-${this.next}`;
    switch (deed) {
      case 'sign':
        return this.sign(page, `${token}@example.org`, token, false);
      case 'test':
        return this.sign(page, `${token}@example.org`, token, true);
      case 'again':
        return this.sign(page, earlier?.email ?? `${token}@example.org`, token, false);
      case 'share':
        return earlier ? this.share(page, earlier.ref, token) : undefined;
      case 'extras':
        return this.addExtras(page);
      case 'confirm':
      case 'reject':
        return earlier ? this.decide(deed, earlier) : undefined;
    }
  }

  private async sign(page: CountedPage, email: string, token: string, testing: boolean): Promise<void> {
    if (!testing && !page.isConfirming) this.mayCount(page.campaignId, email);
    const country = this.pick(countries);
    const { addActionContact } = await this.gateway.data<{ addActionContact: { contactRef: string } }>(
      signMutation,
      aSignature(page, {
        action: { actionType: this.pick(['register', 'petition']), customFields: JSON.stringify({ token }), testing },
        contact: { firstName: 'Harald', lastName: 'Bower', email, address: { country, postcode: '02-123' } },
      }),
    );
    if (!testing) this.signatures.push({ email, ref: addActionContact.contactRef, token, page });
  }

  /** By somebody who may already count elsewhere: a share counts its supporter in the campaign of its page too. */
  private async share(page: CountedPage, ref: string, token: string): Promise<void> {
    for (const { email, ref: known } of this.signatures) if (known === ref) this.mayCount(page.campaignId, email);
    const action = { actionType: 'share', customFields: JSON.stringify({ token }) };
    await this.gateway.data(actMutation, { actionPage: page.id, action, contactRef: ref });
  }

  /** One after the other: two at once may arrive in another order, and what is lowered by that may fall. */
  private addExtras(page: CountedPage): Promise<void> {
    this.changing = this.changing.then(async () => {
      const extraSupporters = (this.extras.get(page.id) ?? 0) + 1 + Math.floor(this.settings.random() * 3);
      this.extras.set(page.id, extraSupporters);
      await page.org.owner.data(
        'mutation ($id: Int!, $input: ActionPageInput!) { updateActionPage(id: $id, input: $input) { id } }',
        { id: page.id, input: { extraSupporters } },
      );
    });
    return this.changing;
  }

  /** As the supporter does by the link of a confirm mail. */
  private async decide(deed: 'confirm' | 'reject', { email, ref, token, page }: Signature): Promise<void> {
    const { rows } = await this.settings.sql.query<{ id: string }>(
      `select id from actions.actions where fields->>'token' = $1 and with_consent`,
      [token],
    );
    if (!rows[0]) return;
    const { campaignId } = page;
    if (deed === 'confirm') this.mayCount(campaignId, email);
    // Whoever shared elsewhere counts there by the same signature.
    else for (const id of this.people.keys()) this.rejected.set(id, (this.rejected.get(id) ?? 0) + 1);
    const word = deed === 'confirm' ? 'accept' : 'reject';
    await fetch(`${this.settings.gatewayUrl()}/link/s/${rows[0].id}/${word}/${ref}`, { redirect: 'manual' });
  }

  private mayCount(campaignId: number, email: string): void {
    const people = this.people.get(campaignId);
    if (people) people.add(email);
    else this.people.set(campaignId, new Set([email]));
  }

  private get gateway(): ApiClient {
    return new ApiClient(this.settings.gatewayUrl());
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.settings.random() * list.length)] as T;
  }
}
