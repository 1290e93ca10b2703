import PostalMime, { type Email } from 'postal-mime';
import { ProviderServer, type ReceivedCall, type Reply } from './provider-server';

/** One mail as SES took it. */
export interface SesMail {
  id: string;
  source: Buffer;
  parsed: Email;
  destinations: string[];
}

const xml = (status: number, body: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'text/xml', ...headers },
  body: `<?xml version="1.0"?>${body}`,
});

/** As SES spells a refusal. */
export const sesError = (status: number, code: string, message: string, headers: Record<string, string> = {}): Reply =>
  xml(
    status,
    `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
    headers,
  );

/** Amazon SES on loopback: forms signed by SigV4 in, XML out. */
export class SesServer extends ProviderServer {
  readonly mails: SesMail[] = [];
  readonly refused = new Set<string>();
  templates: string[] = [];

  constructor(
    private readonly key = 'AKIATEST',
    private readonly region = 'eu-west-1',
  ) {
    super();
  }

  protected async handle(call: ReceivedCall): Promise<Reply> {
    const refusal = this.refuseUnsigned(call);
    if (refusal) return refusal;
    const form = new URLSearchParams(call.body.toString('utf8'));
    if (form.get('Version') !== '2010-12-01') return sesError(400, 'InvalidAction', 'unknown version');
    if (form.get('Action') === 'SendRawEmail') return this.send(form);
    if (form.get('Action') === 'ListTemplates') return this.list(form);
    return sesError(400, 'InvalidAction', 'unknown action');
  }

  private refuseUnsigned({ headers }: ReceivedCall): Reply | null {
    const authorization = headers.authorization ?? '';
    const scope = `Credential=${this.key}/\\d{8}/${this.region}/ses/aws4_request`;
    const isSigned = new RegExp(`^AWS4-HMAC-SHA256 ${scope}, SignedHeaders=\\S*host\\S*, Signature=[0-9a-f]{64}$`);
    const isDated = /^\d{8}T\d{6}Z$/.test(String(headers['x-amz-date'] ?? ''));
    if (!isDated || !authorization) return sesError(403, 'MissingAuthenticationToken', 'not signed');
    return isSigned.test(authorization) ? null : sesError(403, 'SignatureDoesNotMatch', 'signature does not match');
  }

  private async send(form: URLSearchParams): Promise<Reply> {
    const source = Buffer.from(form.get('RawMessage.Data') ?? '', 'base64');
    const destinations = [...form].filter(([key]) => key.startsWith('Destinations.member.')).map(([, value]) => value);
    const dead = destinations.find((email) => this.refused.has(email));
    if (dead) return sesError(400, 'MessageRejected', `Address blacklisted: ${dead}`);
    const id = `0102-${this.mails.length + 1}-000000`;
    this.mails.push({ id, source, parsed: await PostalMime.parse(source), destinations });
    return xml(
      200,
      `<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult><MessageId>${id}</MessageId></SendRawEmailResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></SendRawEmailResponse>`,
    );
  }

  /** Two per page. */
  private list(form: URLSearchParams): Reply {
    const start = Number(form.get('NextToken') ?? 0);
    const members = this.templates.slice(start, start + 2).map((name) => `<member><Name>${name}</Name></member>`);
    const token = start + 2 < this.templates.length ? `<NextToken>${start + 2}</NextToken>` : '';
    return xml(
      200,
      `<ListTemplatesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><ListTemplatesResult><TemplatesMetadata>${members.join('')}</TemplatesMetadata>${token}</ListTemplatesResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></ListTemplatesResponse>`,
    );
  }
}
