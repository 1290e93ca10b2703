import type { SecretEnvelope } from '@groundswell/crypto';
import { readDetailAnswer, type SupporterDetails } from '@groundswell/domain';
import { HttpCaller, type CallResult, type HttpSettings } from '@groundswell/http';
import type { DetailBackend } from './due-lookup.read-model';

/** Of an answer that is read, bytes: fields of 5 KB and what stands around them. */
const longestAnswer = 64 * 1024;

/** Whom it is asked about. */
export interface AskedSupporter {
  /** Null where it is not kept in clear, or not any more. */
  email: string | null;
  contactRef: string;
}

export type LookupResult =
  | { kind: 'found'; details: SupporterDetails }
  | { kind: 'nothing' }
  /** To be asked again. `isAnswered`: the service is there. */
  | { kind: 'fault'; error: string; isAnswered: boolean };

/** An org's own service, opened for a few calls: nothing of it is kept. */
export type OpenedBackend = { url: string; headers: Record<string, string> } | { fault: string };

const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Asks detail backends, as processing.md §8.2 has it: one POST, 5 s, no redirects, no private addresses. */
export class DetailClient {
  private readonly caller: HttpCaller;

  constructor(
    private readonly envelope: Pick<SecretEnvelope, 'open'> | null,
    settings: Omit<HttpSettings, 'userAgent'>,
  ) {
    this.caller = new HttpCaller({ ...settings, userAgent: 'groundswell-details' });
  }

  open({ host, user, password }: DetailBackend): OpenedBackend {
    const secret = this.clear(password);
    if (secret === null) return { fault: 'the password of the service cannot be opened' };
    const authorization = authorizationOf(user, secret);
    if (!headerText.test(authorization)) return { fault: 'the password cannot be a header' };
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(authorization === '' ? {} : { authorization }),
    };
    return { url: host.trim(), headers };
  }

  async ask(backend: OpenedBackend, { email, contactRef }: AskedSupporter): Promise<LookupResult> {
    if ('fault' in backend) return { kind: 'fault', error: backend.fault, isAnswered: false };
    const body = JSON.stringify({ ...(email === null ? {} : { email }), contactRef });
    const { url, headers } = backend;
    return resultOf(await this.caller.call({ method: 'POST', url, headers, body, maxAnswerBytes: longestAnswer }));
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  private clear(password: string): string | null {
    if (password === '') return '';
    try {
      return this.envelope?.open(password).toString('utf8') ?? null;
    } catch {
      // Said by the caller; which key it was sealed with is in the log of the start.
      return null;
    }
  }
}

/** processing.md §8.4: both → Basic, the password alone as it is written, else nothing. */
export function authorizationOf(user: string, password: string): string {
  if (password === '') return '';
  return user === '' ? password : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** What the service said goes into no error: it may be about the supporter. */
export function resultOf(result: CallResult): LookupResult {
  if (result.kind !== 'answered') return { kind: 'fault', error: result.error, isAnswered: false };
  const { status, text } = result;
  if (status === 404 || status === 204) return { kind: 'nothing' };
  if (status !== 200) return { kind: 'fault', error: `HTTP ${status}`, isAnswered: status < 500 && status !== 429 };
  const answer = readDetailAnswer(text);
  if ('fault' in answer) return { kind: 'fault', error: answer.fault, isAnswered: true };
  return answer.details ? { kind: 'found', details: answer.details } : { kind: 'nothing' };
}
