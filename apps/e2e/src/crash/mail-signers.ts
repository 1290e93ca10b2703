import { Agent } from 'node:http';
import { signMutation } from '../campaign-world';
import { post } from '../http-post';
import { pause } from './crash-fleet';

export interface MailSignersSettings {
  gatewayUrl: string;
  /** Signed in turn. */
  pageIds: readonly number[];
  /** Tokens of this run start with it, and each is a person of its own. */
  run: string;
  /** Requests under way at once. */
  concurrency: number;
  /** Whose the signature with that number is; its own person's where not set. */
  personOf?: (number: number) => number;
  /** What the action with that number is; a plain signature where not set. */
  actionOf?: (number: number) => object;
  /** What that person writes to targets. */
  mttOf?: (person: number) => object;
}

const againAfterMs = 100;

/** People who sign with a key, and ask again until they are accepted; once each unless `personOf` says otherwise. */
export class MailSigners {
  accepted = 0;
  private readonly agent: Agent;
  private given = 0;
  private quota = 0;
  private isStopped = false;
  private workers: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: MailSignersSettings) {
    this.agent = new Agent({ keepAlive: true, maxSockets: settings.concurrency });
  }

  start(): void {
    this.workers = Promise.all(Array.from({ length: this.settings.concurrency }, () => this.work()));
  }

  /** That many more, as fast as they are answered. */
  allow(people: number): void {
    this.quota += people;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.workers;
    this.agent.destroy();
  }

  private async work(): Promise<void> {
    while (!this.isStopped) {
      if (this.given >= this.quota) await pause(againAfterMs);
      else await this.sign(this.given++);
    }
  }

  private async sign(number: number): Promise<void> {
    const { gatewayUrl, pageIds, run, personOf, actionOf, mttOf } = this.settings;
    const token = `${run}-${number}`;
    const person = personOf?.(number) ?? number;
    const variables = {
      actionPage: pageIds[number % pageIds.length],
      action: {
        actionType: 'register',
        customFields: JSON.stringify({ token }),
        ...actionOf?.(number),
        ...(mttOf && { mtt: mttOf(person) }),
      },
      contact: { firstName: 'Crash', email: `${run}-${person}@example.org`, address: { country: 'PL' } },
      privacy: { optIn: true },
    };
    const body = JSON.stringify({ query: signMutation, variables });
    const ask = () => post(this.agent, `${gatewayUrl}/api`, body, { 'idempotency-key': `key-${token}` });
    while (!this.isStopped) {
      if (
        await ask()
          .then(hasContactRef)
          .catch(() => false)
      ) {
        this.accepted += 1;
        return;
      }
      await pause(againAfterMs);
    }
  }
}

const hasContactRef = (text: string): boolean => {
  const answer = JSON.parse(text) as { data?: { addActionContact?: { contactRef?: string } | null } | null };
  return typeof answer.data?.addActionContact?.contactRef === 'string';
};
