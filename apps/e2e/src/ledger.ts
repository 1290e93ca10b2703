import { Agent } from 'node:http';
import { signMutation } from './campaign-world';
import { post } from './http-post';

/** What the client knows of one submission. accepted: it got a contactRef. unknown: an error or no answer. */
export type Verdict = 'accepted' | 'unknown';

export interface SigningSettings {
  gatewayUrl: string;
  pageId: number;
  count: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Every n-th submission repeats an earlier person. */
  duplicateEvery: number;
  /** Marks this run's submissions: custom field `token` is `<run>-<n>`. */
  run: string;
  /** Called with the number of answers so far. */
  onProgress?: (answered: number) => void;
}

/** Signs as fast as the gateway answers and keeps a ledger: token → what the client was told. */
export async function signMany(settings: SigningSettings): Promise<Map<string, Verdict>> {
  const ledger = new Map<string, Verdict>();
  const agent = new Agent({ keepAlive: true, maxSockets: settings.concurrency });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < settings.count) {
      const index = next;
      next += 1;
      const token = `${settings.run}-${index}`;
      const isAccepted = await signOnce(agent, settings, token, index).catch(() => false);
      ledger.set(token, isAccepted ? 'accepted' : 'unknown');
      settings.onProgress?.(ledger.size);
      // A gateway that is away refuses within microseconds: without a pause the run would be over before it is back.
      if (!isAccepted) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.all(Array.from({ length: settings.concurrency }, worker));
  agent.destroy();
  return ledger;
}

async function signOnce(agent: Agent, settings: SigningSettings, token: string, index: number): Promise<boolean> {
  const person = index > 0 && index % settings.duplicateEvery === 0 ? index - 1 : index;
  const body = JSON.stringify({
    query: signMutation,
    variables: {
      actionPage: settings.pageId,
      action: { actionType: 'register', customFields: JSON.stringify({ token }) },
      contact: { firstName: 'Crash', email: `${settings.run}-${person}@example.org`, address: { country: 'PL' } },
      privacy: { optIn: true },
    },
  });
  const text = await post(agent, `${settings.gatewayUrl}/api`, body);
  const answer = JSON.parse(text) as { data?: { addActionContact?: { contactRef?: string } } };
  return typeof answer.data?.addActionContact?.contactRef === 'string';
}
