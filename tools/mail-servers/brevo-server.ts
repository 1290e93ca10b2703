import { jsonOf, ProviderServer, type ReceivedCall, type Reply } from './provider-server';

type Json = Record<string, unknown>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Brevo's transactional mails and templates. A key of idempotency is taken once. */
export class BrevoServer extends ProviderServer {
  readonly taken: Json[] = [];
  readonly templates: { id: number; name: string; isActive: boolean }[] = [];
  private readonly keys = new Set<string>();

  constructor(readonly apiKey: string) {
    super();
  }

  protected handle(call: ReceivedCall): Reply {
    if (call.headers['api-key'] !== this.apiKey) return error(401, 'unauthorized', 'Key not found');
    if (call.method === 'GET' && call.path === '/v3/smtp/templates') return this.list(call.query);
    if (call.method !== 'POST' || call.path !== '/v3/smtp/email') return { status: 404, body: 'Not Found' };
    const mail = jsonOf(call) as Json | undefined;
    if (!mail) return error(400, 'bad_request', 'Input must be a valid JSON object');
    const fault = findFault(mail, this.isDead) ?? this.findRepeat(mail);
    if (fault) return fault;
    this.taken.push(mail);
    return { status: 201, body: { messageId: `<20261121.${this.taken.length}@smtp-relay.mailin.fr>` } };
  }

  private list(query: URLSearchParams): Reply {
    const [limit, offset] = [Number(query.get('limit') ?? 50), Number(query.get('offset') ?? 0)];
    const status = query.get('templateStatus');
    const found = this.templates.filter(({ isActive }) => status === null || String(isActive) === status);
    return { status: 200, body: { count: found.length, templates: found.slice(offset, offset + limit) } };
  }

  private findRepeat(mail: Json): Reply | null {
    const key = (mail.headers as Json | undefined)?.idempotencyKey;
    if (key === undefined) return null;
    if (typeof key !== 'string' || !uuid.test(key)) return invalid('idempotencyKey is not valid');
    if (this.keys.has(key)) return error(400, 'duplicate_parameter', 'idempotencyKey is already used');
    this.keys.add(key);
    return null;
  }
}

const error = (status: number, code: string, message: string): Reply => ({ status, body: { code, message } });
const invalid = (message: string): Reply => error(400, 'invalid_parameter', message);
const missing = (name: string): Reply => error(400, 'missing_parameter', `${name} is missing`);

const isAddress = (value: unknown): boolean => /^[^@\s]+@[^@\s]+$/.test(String((value as Json | undefined)?.email));
const isName = (value: unknown): boolean => {
  const name = (value as Json | undefined)?.name;
  return name === undefined || (typeof name === 'string' && name !== '' && [...name].length <= 70);
};

function findFault(mail: Json, isDead: (email: string) => boolean): Reply | null {
  const { to, cc, sender, replyTo, templateId, subject, htmlContent, textContent } = mail;
  if (!Array.isArray(to) || to.length === 0) return missing('to');
  if (!to.every(isAddress) || to.some(({ email }) => isDead(String(email)))) return invalid('email is not valid in to');
  if (!isAddress(sender)) return invalid('valid sender email required');
  if (![...to, sender].every(isName)) return invalid('name is not valid');
  if (replyTo !== undefined && !isAddress(replyTo)) return invalid('replyTo is not valid');
  if (cc !== undefined && !(Array.isArray(cc) && cc.length > 0 && cc.every(isAddress))) {
    return invalid('cc is not valid');
  }
  if (templateId !== undefined && !Number.isInteger(templateId)) return invalid('templateId should be an integer');
  if (templateId === 404) return error(404, 'document_not_found', 'Template ID does not exist');
  if (templateId === undefined && !subject) return missing('subject');
  if (templateId === undefined && !htmlContent && !textContent) return missing('htmlContent');
  return findFileFault(mail);
}

function findFileFault({ attachment }: Json): Reply | null {
  if (attachment === undefined) return null;
  const isFile = ({ name, content }: Json) => Boolean(name) && /^[A-Za-z0-9+/]+=*$/.test(String(content));
  return Array.isArray(attachment) && attachment.length > 0 && attachment.every(isFile)
    ? null
    : invalid('attachment is not valid');
}
