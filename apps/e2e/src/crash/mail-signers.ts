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
}

const againAfterMs = 100;

/** People who sign once each, with a key, and ask again until they are accepted. */
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

  private async sign(person: number): Promise<void> {
    const { gatewayUrl, pageIds, run } = this.settings;
    const token = `${run}-${person}`;
    const variables = {
      actionPage: pageIds[person % pageIds.length],
      action: { actionType: 'register', customFields: JSON.stringify({ token }) },
      contact: { firstName: 'Crash', email: `${token}@example.org`, address: { country: 'PL' } },
      privacy: { optIn: true },
    };
    const body = JSON.stringify({ query: signMutation, variables });
    const ask = () => post(this.agent, `${gatewayUrl}/api`, body, { 'idempotency-key': `key-${token}` });
    while (!this.isStopped) {
      if (await ask().then(hasContactRef, () => false)) {
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
