import { basicAuth, ProviderServer, type ReceivedCall, type Reply } from './provider-server';

export interface MailgunMessage {
  fields: Record<string, string[]>;
  files: { field: string; name: string; type: string; content: Buffer }[];
}

/** Mailgun's messages of one domain. */
export class MailgunServer extends ProviderServer {
  readonly taken: MailgunMessage[] = [];

  constructor(
    readonly domain: string,
    readonly apiKey: string,
  ) {
    super();
  }

  protected async handle(call: ReceivedCall): Promise<Reply> {
    if (call.headers.authorization !== basicAuth('api', this.apiKey)) return { status: 401, body: 'Forbidden' };
    const domain = /^\/v3\/([^/]+)\/messages$/.exec(call.path)?.[1];
    if (call.method !== 'POST' || domain === undefined) return { status: 404, body: '404 page not found' };
    if (domain !== this.domain) return refuse(404, `Domain not found: ${domain}`);
    const message = await parseForm(call);
    const fault = findFault(message, this.isDead);
    if (fault) return refuse(400, fault);
    this.taken.push(message);
    const id = `<20261121.${this.taken.length}@${this.domain}>`;
    return { status: 200, body: { id, message: 'Queued. Thank you.' } };
  }
}

const refuse = (status: number, message: string): Reply => ({ status, body: { message } });

async function parseForm(call: ReceivedCall): Promise<MailgunMessage> {
  const message: MailgunMessage = { fields: {}, files: [] };
  const type = call.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return message;
  const form = await new Response(new Uint8Array(call.body), { headers: { 'content-type': type } }).formData();
  for (const [field, value] of form) {
    if (typeof value === 'string') (message.fields[field] ??= []).push(value);
    else {
      const content = Buffer.from(await value.arrayBuffer());
      message.files.push({ field, name: value.name, type: value.type, content });
    }
  }
  return message;
}

/** One mailbox of a list, by the commas that stand outside quotes. */
const mailboxes = (value: string): string[] => value.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [];
const isMailbox = (value: string): boolean =>
  /^(?:(?:"(?:\\.|[^"\\])*"|[^"<>,@]*)\s*<[^@\s<>]+@[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+)$/.test(value.trim());
const addressOf = (value: string): string => /<([^<>]+)>$/.exec(value.trim())?.[1] ?? value.trim();

function findFault({ fields, files }: MailgunMessage, isDead: (email: string) => boolean): string | null {
  const [from, to] = [fields.from?.[0], fields.to?.[0]];
  if (from === undefined || !isMailbox(from)) return 'from parameter is missing or no valid address';
  if (to === undefined) return 'to parameter is missing';
  if (!mailboxes(to).every(isMailbox) || mailboxes(to).map(addressOf).some(isDead)) {
    return "'to' parameter is not a valid address. please check documentation";
  }
  if (!(fields.cc ?? []).flatMap(mailboxes).every(isMailbox)) return "'cc' parameter is not a valid address";
  if (!fields.text && !fields.html) return "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters";
  if (files.some(({ field }) => !['attachment', 'inline'].includes(field))) return 'unknown file parameter';
  return null;
}
