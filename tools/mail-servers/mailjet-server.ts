import { basicAuth, jsonOf, ProviderServer, type ReceivedCall, type Reply } from './provider-server';

type Json = Record<string, unknown>;

const properties = new Set([
  'From',
  'To',
  'Cc',
  'ReplyTo',
  'Subject',
  'HTMLPart',
  'TextPart',
  'TemplateID',
  'TemplateLanguage',
  'TemplateErrorDeliver',
  'Variables',
  'Attachments',
  'InlinedAttachments',
  'Headers',
  'CustomID',
  'EventPayload',
]);
const ownHeaders = ['from', 'to', 'cc', 'bcc', 'subject', 'reply-to', 'sender', 'return-path'];

/** Mailjet's Send API v3.1 and its list of templates. Dead recipients are refused as invalid, those whose
 *  name begins with `busy` for a fault of Mailjet's own. */
export class MailjetServer extends ProviderServer {
  /** Messages taken, in order. */
  readonly taken: Json[] = [];
  readonly templates: { ID: number; Name: string }[] = [];

  constructor(readonly key: { user: string; password: string }) {
    super();
  }

  protected handle(call: ReceivedCall): Reply {
    if (call.headers.authorization !== basicAuth(this.key.user, this.key.password)) {
      return wholeError(401, 'mj-0001', 'API key authentication/authorization failure.');
    }
    if (call.method === 'GET' && call.path === '/v3/REST/template') return this.list(call.query);
    if (call.method !== 'POST' || call.path !== '/v3.1/send') return wholeError(404, 'mj-0005', 'Not found');
    const messages = (jsonOf(call) as Json | undefined)?.Messages;
    if (!Array.isArray(messages) || messages.length === 0) return wholeError(400, 'mj-0002', 'Malformed JSON');
    if (messages.length > 50) return wholeError(400, 'mj-0006', 'The maximum of 50 messages per call is exceeded');
    const answers = messages.map((message: Json) => this.takeMessage(message));
    const isClean = answers.every((answer) => answer.Status === 'success');
    return { status: isClean ? 200 : 400, body: withRawIds({ Messages: answers }) };
  }

  private list(query: URLSearchParams): Reply {
    const [limit, offset] = [Number(query.get('limit') ?? 10), Number(query.get('offset') ?? 0)];
    const Data = this.templates.slice(offset, offset + limit);
    return { status: 200, body: { Count: Data.length, Data, Total: this.templates.length } };
  }

  private takeMessage(message: Json): Json {
    const error = findError(message, this.isDead);
    if (error) return { Status: 'error', Errors: [{ ErrorIdentifier: crypto.randomUUID(), ...error }] };
    this.taken.push(message);
    const To = (message.To as Json[]).map(({ Email }) => ({
      Email,
      MessageUUID: crypto.randomUUID(),
      MessageID: `raw:${1152921500000000000n + BigInt(this.taken.length)}`,
      MessageHref: 'https://api.mailjet.com/v3/REST/message/',
    }));
    return { Status: 'success', CustomID: message.CustomID ?? '', To, Cc: [], Bcc: [] };
  }
}

/** Ids are bare numbers on the wire, longer than JavaScript can hold. */
const withRawIds = (body: unknown): string => JSON.stringify(body).replace(/"raw:(\d+)"/g, '$1');

const wholeError = (status: number, code: string, text: string): Reply => ({
  status,
  body: { ErrorIdentifier: crypto.randomUUID(), ErrorCode: code, StatusCode: status, ErrorMessage: text },
});

const propertyError = (code: string, text: string, related: string[]): Json => ({
  ErrorCode: code,
  StatusCode: 400,
  ErrorMessage: text,
  ErrorRelatedTo: related,
});

type IsDead = (email: string) => boolean;

function findError(message: Json, isDead: IsDead): Json | null {
  const unknown = Object.keys(message).find((name) => !properties.has(name) || message[name] === null);
  if (unknown !== undefined) return propertyError('mj-0003', 'Unknown or empty property', [unknown]);
  return findAddressError(message, isDead) ?? findContentError(message) ?? findFileError(message);
}

function findAddressError({ From, To, Headers }: Json, isDead: IsDead): Json | null {
  if (!Array.isArray(To) || To.length === 0) return propertyError('mj-0004', 'Type mismatch', ['To']);
  if (typeof (From as Json | undefined)?.Email !== 'string') {
    return propertyError('mj-0004', 'Type mismatch', ['From.Email']);
  }
  for (const [index, { Email }] of (To as Json[]).entries()) {
    if (typeof Email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(Email) || isDead(Email)) {
      return propertyError('mj-0013', `"${String(Email)}" is an invalid email address.`, [`To[${index}].Email`]);
    }
    if (Email.startsWith('busy')) {
      return { ErrorCode: 'mj-9999', StatusCode: 500, ErrorMessage: 'The message could not be queued' };
    }
  }
  if (String((From as Json).Email).startsWith('stranger')) {
    return { ...propertyError('send-0008', 'is not an authorized sender', ['From']), StatusCode: 403 };
  }
  const own = Object.keys((Headers ?? {}) as Json).find((name) => ownHeaders.includes(name.toLowerCase()));
  return own === undefined ? null : propertyError('send-0011', 'Header cannot be customized', ['Headers']);
}

function findContentError(message: Json): Json | null {
  const { TemplateID, HTMLPart, TextPart } = message;
  if (TemplateID !== undefined && !Number.isInteger(TemplateID)) {
    return propertyError('mj-0004', 'Type mismatch. Expected type "integer".', ['TemplateID']);
  }
  if (TemplateID !== undefined && (HTMLPart !== undefined || TextPart !== undefined)) {
    return propertyError('send-0004', 'Either parts or a template', ['HTMLPart', 'TemplateID']);
  }
  if (TemplateID === undefined && !HTMLPart && !TextPart) {
    return propertyError('send-0003', 'At least "HTMLPart", "TextPart" or "TemplateID" must be provided.', [
      'HTMLPart',
      'TemplateID',
    ]);
  }
  return null;
}

function findFileError(message: Json): Json | null {
  const files = (name: string) => (message[name] ?? []) as Json[];
  const isFile = (file: Json, ...keys: string[]) =>
    keys.every((key) => typeof file[key] === 'string' && file[key] !== '') && Object.keys(file).length === keys.length;
  const plain = ['ContentType', 'Filename', 'Base64Content'];
  if (!files('Attachments').every((file) => isFile(file, ...plain))) {
    return propertyError('mj-0004', 'Type mismatch', ['Attachments']);
  }
  if (!files('InlinedAttachments').every((file) => isFile(file, ...plain, 'ContentID'))) {
    return propertyError('mj-0004', 'Type mismatch', ['InlinedAttachments']);
  }
  return null;
}
