import { jsonOf, ProviderServer, type ReceivedCall, type Reply } from './provider-server';

type Json = Record<string, unknown>;

/** HubSpot's transactional single send. One mail per `sendId`, for ever. What a recipient's name begins with decides the
 *  result: `bounced`, `throttled`, `suspended`, `canceled`. */
export class HubspotServer extends ProviderServer {
  readonly taken: Json[] = [];
  private readonly sendIds = new Set<string>();

  constructor(
    readonly token: string,
    /** Emails that exist in the account. */
    readonly emailIds: readonly number[],
  ) {
    super();
  }

  protected handle(call: ReceivedCall): Reply {
    if (call.headers.authorization !== `Bearer ${this.token}`) {
      return error(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.');
    }
    if (call.method !== 'POST' || call.path !== '/marketing/transactional/2026-03/single-email/send') {
      return { status: 404, body: '<html>not found</html>' };
    }
    const mail = jsonOf(call) as Json | undefined;
    const fault = findFault(mail, this.isDead);
    if (!mail || fault) return error(400, 'VALIDATION_ERROR', `Invalid input: ${fault}`);
    if (!this.emailIds.includes(Number(mail.emailId))) return error(404, 'OBJECT_NOT_FOUND', 'email does not exist');
    return { status: 200, body: this.send(mail) };
  }

  private send(mail: Json): Json {
    const { to, sendId } = mail.message as { to: string; sendId?: string };
    const answer = { statusId: crypto.randomUUID(), requestedAt: new Date().toISOString() };
    if (to.startsWith('canceled')) return { ...answer, status: 'CANCELED', message: 'Not permitted' };
    const refused = [
      ['bounced', 'PREVIOUSLY_BOUNCED'],
      ['throttled', 'THROTTLED'],
      ['suspended', 'PORTAL_SUSPENDED'],
    ].find(([name]) => to.startsWith(name ?? ''));
    if (refused) return { ...answer, status: 'COMPLETE', sendResult: refused[1] };
    if (sendId !== undefined && this.sendIds.has(sendId)) {
      return { ...answer, status: 'COMPLETE', sendResult: 'IDEMPOTENT_IGNORE' };
    }
    if (sendId !== undefined) this.sendIds.add(sendId);
    this.taken.push(mail);
    return { ...answer, status: 'PENDING' };
  }
}

const error = (status: number, category: string, message: string): Reply => ({
  status,
  body: { status: 'error', category, message, correlationId: crypto.randomUUID() },
});

const isMap = (value: unknown): boolean => value !== null && typeof value === 'object' && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((entry) => typeof entry === 'string'));

function findFault(mail: Json | undefined, isDead: (email: string) => boolean): string | null {
  if (!mail) return 'no JSON';
  const message = mail.message as Json | undefined;
  if (!Number.isInteger(mail.emailId)) return 'emailId';
  if (!isMap(message)) return 'message';
  if (!/^[^@\s<>]+@[^@\s<>]+$/.test(String(message?.to)) || isDead(String(message?.to))) return 'message.to';
  if (![message?.cc, message?.bcc, message?.replyTo].every(isTexts)) return 'message lists';
  if (!isMap(mail.contactProperties) || !isMap(mail.customProperties)) return 'properties';
  return null;
}
