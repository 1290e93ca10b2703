import { Agent, request } from 'node:http';
import { signMutation } from '../campaign-world';
import type { CrashPage, LedgerEntry } from './crash-client';
import { pause } from './crash-fleet';

export interface CrowdSettings {
  gatewayUrl: string;
  pages: CrashPage[];
  /** Tokens of this run start with it. */
  run: string;
  /** People who sign one signature after the other. */
  people: number;
  /** Pause of each between an answer and the next signature, ms. */
  thinkMs: number;
}

/** accepted: a contactRef. unavailable: HTTP 200 with this code and when to try again. Anything else is told in words. */
type Answer = { kind: 'accepted' | 'unavailable' } | { kind: 'other'; text: string };

interface Submission {
  token: string;
  body: string;
  key: string | null;
}

export interface PhaseFigures {
  sent: number;
  accepted: number;
  unavailable: number;
  /** Answers that are neither, in words. */
  others: string[];
  /** Milliseconds from request to answer, of all of them. */
  p50: number;
  p99: number;
  max: number;
}

/** Longer than any answer may take, so that a hang is seen as what it is. */
const patienceMs = 20_000;

/** People who sign while something is wrong, note how long each answer took, and keep a ledger for the settlement. Every
 *  second one sends an Idempotency-Key, and may repeat later what was not accepted. */
export class SigningCrowd {
  readonly ledger = new Map<string, LedgerEntry>();
  /** With a key, and not accepted so far. */
  private readonly unaccepted = new Set<Submission>();
  private readonly agent: Agent;
  private count = 0;

  constructor(private readonly settings: CrowdSettings) {
    this.agent = new Agent({ keepAlive: true, maxSockets: settings.people });
  }

  /** Everybody signs as long as `work` takes. */
  async signDuring(work: () => Promise<unknown>): Promise<PhaseFigures> {
    const answers: { ms: number; answer: Answer }[] = [];
    let isOver = false;
    const sign = async (): Promise<void> => {
      while (!isOver) {
        const submission = this.next();
        const startedAt = performance.now();
        const answer = await this.submit(submission);
        answers.push({ ms: performance.now() - startedAt, answer });
        await pause(this.settings.thinkMs);
      }
    };
    const everybody = Promise.all(Array.from({ length: this.settings.people }, sign));
    await work().finally(() => (isOver = true));
    await everybody;
    return figuresOf(answers);
  }

  /** Sends what was not accepted again under its key, until it is. Returns how many there were. */
  async repeatUnaccepted(): Promise<number> {
    const submissions = [...this.unaccepted];
    for (const submission of submissions) {
      while ((await this.submit(submission)).kind !== 'accepted') await pause(200);
    }
    return submissions.length;
  }

  leave(): void {
    this.agent.destroy();
  }

  private next(): Submission {
    const { run, pages } = this.settings;
    this.count += 1;
    const token = `${run}-${this.count}`;
    const page = pages[this.count % pages.length] as CrashPage;
    this.ledger.set(token, { kind: 'sign', page, sent: 1, accepted: 0 });
    const variables = {
      actionPage: page.id,
      action: { actionType: 'register', customFields: JSON.stringify({ token }) },
      contact: { firstName: 'Crowd', email: `${token}@example.org`, address: { country: 'PL' } },
      privacy: { optIn: true },
    };
    const body = JSON.stringify({ query: signMutation, variables });
    return { token, body, key: this.count % 2 === 0 ? `key-${token}` : null };
  }

  private async submit(submission: Submission): Promise<Answer> {
    const { token, body, key } = submission;
    const answer = await this.ask(body, key).catch((error: Error): Answer => ({ kind: 'other', text: error.message }));
    const entry = this.ledger.get(token);
    if (answer.kind === 'accepted') {
      if (entry) entry.accepted = 1;
      this.unaccepted.delete(submission);
    } else if (key !== null) this.unaccepted.add(submission);
    return answer;
  }

  private ask(body: string, key: string | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(key !== null && { 'idempotency-key': key }),
      };
      const options = { method: 'POST', agent: this.agent, headers, timeout: patienceMs };
      const call = request(`${this.settings.gatewayUrl}/api`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(answerOf(response.statusCode ?? 0, text)));
        response.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${patienceMs} ms`)));
      call.on('error', reject);
      call.end(body);
    });
  }
}

interface Body {
  data?: { addActionContact?: { contactRef?: string } | null } | null;
  errors?: { extensions?: { code?: string; retryAfterSeconds?: number } }[];
}

function answerOf(status: number, text: string): Answer {
  const other: Answer = { kind: 'other', text: `${status} ${text}` };
  if (status !== 200) return other;
  const { data, errors } = JSON.parse(text) as Body;
  if (data?.addActionContact?.contactRef) return { kind: 'accepted' };
  const [extensions] = (errors ?? []).map((error) => error.extensions);
  const isUnavailable = extensions?.code === 'unavailable' && Number(extensions.retryAfterSeconds) > 0;
  return isUnavailable ? { kind: 'unavailable' } : other;
}

function figuresOf(answers: { ms: number; answer: Answer }[]): PhaseFigures {
  const times = answers.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? 0;
  const of = (kind: Answer['kind']): number => answers.filter(({ answer }) => answer.kind === kind).length;
  const others = answers.flatMap(({ answer }) => (answer.kind === 'other' ? [answer.text] : []));
  return {
    sent: answers.length,
    accepted: of('accepted'),
    unavailable: of('unavailable'),
    others: others.slice(0, 10),
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}
