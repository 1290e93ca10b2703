import { createBrevoProvider } from '../../src/providers/brevo/brevo.provider';
import { createHubspotProvider } from '../../src/providers/hubspot/hubspot.provider';
import type { MailAccount } from '../../src/providers/mail-provider';
import { createMailgunProvider } from '../../src/providers/mailgun/mailgun.provider';
import { createMailjetProvider } from '../../src/providers/mailjet/mailjet.provider';
import { describeMailProvider, type Fault, type ServerUnderTest, type TakenMail } from './provider-contract';
import { BrevoServer, HubspotServer, MailgunServer, MailjetServer, type ProviderServer } from './provider-servers';
import { aMail, anAccount, toServer } from './sample-mail';

async function start<T extends ProviderServer>(
  server: T,
  account: Partial<MailAccount>,
  taken: (server: T) => TakenMail[],
): Promise<ServerUnderTest> {
  const { url } = await server.start();
  const meet: Record<Fault, () => void> = {
    unauthorized: () => server.answerNext(401, {}),
    throttled: () => server.answerNext(429, {}, { 'retry-after': '7' }),
    failing: () => server.answerNext(500, 'Internal Server Error'),
    silent: () => server.mishap({ kind: 'taken-then-silent' }),
    reset: () => server.mishap({ kind: 'taken-then-reset' }),
  };
  return {
    account: anAccount(account),
    settings: { apiUrl: url },
    taken: () => taken(server),
    meet: (fault) => meet[fault](),
    refuse: (email) => void server.dead.add(email),
    stop: () => server.stop(),
  };
}

const lowerKeys = (headers: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const bytes = (base64: string) => Buffer.from(base64, 'base64');

interface MailjetAddress {
  Email: string;
  Name?: string;
}
interface MailjetMessage {
  From: MailjetAddress;
  To: [MailjetAddress];
  Cc?: MailjetAddress[];
  ReplyTo?: MailjetAddress;
  Subject: string;
  HTMLPart: string;
  TextPart: string;
  CustomID: string;
  EventPayload: string;
  Attachments?: { Filename: string; ContentType: string; Base64Content: string }[];
  Headers?: Record<string, string>;
}
const fromMailjet = ({ Email, Name }: MailjetAddress) => ({ email: Email, name: Name });

describeMailProvider({
  kind: 'mailjet',
  batchSize: 25,
  create: createMailjetProvider,
  start: () =>
    start(
      new MailjetServer({ user: 'public', password: 'private' }),
      { user: 'public', password: 'private' },
      (server) =>
        (server.taken as unknown as MailjetMessage[]).map((mail) => ({
          customId: mail.CustomID,
          deliveryId: (JSON.parse(mail.EventPayload) as { d: number }).d,
          from: fromMailjet(mail.From),
          to: fromMailjet(mail.To[0]),
          cc: mail.Cc?.map(({ Email }) => Email),
          replyTo: mail.ReplyTo?.Email,
          subject: mail.Subject,
          html: mail.HTMLPart,
          text: mail.TextPart,
          headers: lowerKeys(mail.Headers),
          attachments: mail.Attachments?.map(({ Filename, ContentType, Base64Content }) => ({
            name: Filename,
            type: ContentType,
            content: bytes(Base64Content),
          })),
        })),
    ),
});

interface BrevoMail {
  sender: TakenMail['from'];
  to: [TakenMail['to']];
  cc?: { email: string }[];
  replyTo?: { email: string };
  subject: string;
  htmlContent: string;
  textContent: string;
  tags: [string, string];
  attachment?: { name: string; content: string }[];
  headers: Record<string, string>;
}

describeMailProvider({
  kind: 'brevo',
  batchSize: 1,
  create: createBrevoProvider,
  start: () =>
    start(new BrevoServer('xkeysib-1'), { password: 'xkeysib-1' }, (server) =>
      (server.taken as unknown as BrevoMail[]).map((mail) => ({
        customId: mail.tags[0],
        deliveryId: Number(/^d:(\d+)$/.exec(mail.tags[1])?.[1]),
        from: mail.sender,
        to: mail.to[0],
        cc: mail.cc?.map(({ email }) => email),
        replyTo: mail.replyTo?.email,
        subject: mail.subject,
        html: mail.htmlContent,
        text: mail.textContent,
        headers: lowerKeys(mail.headers),
        // Brevo knows a file's type by its name alone.
        attachments: mail.attachment?.map(({ name, content }) => ({
          name,
          type: name.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream',
          content: bytes(content),
        })),
      })),
    ),
});

function readMailbox(value: string): TakenMail['to'] {
  const [, quoted, plain, email] = /^(?:"((?:\\.|[^"\\])*)"|([^"<]*?))\s*<([^<>]+)>$/.exec(value) ?? [];
  return email === undefined ? { email: value } : { email, name: quoted?.replace(/\\(.)/g, '$1') ?? plain };
}

describeMailProvider({
  kind: 'mailgun',
  batchSize: 1,
  create: createMailgunProvider,
  start: () =>
    start(new MailgunServer('mg.example', 'key-1'), { user: 'mg.example', password: 'key-1' }, (server) =>
      server.taken.map(({ fields, files }) => {
        const headers = Object.entries(fields).filter(([name]) => name.startsWith('h:'));
        return {
          customId: fields['v:custom-id']?.[0] ?? null,
          deliveryId: Number(fields['v:delivery-id']?.[0]),
          from: readMailbox(fields.from?.[0] ?? ''),
          to: readMailbox(fields.to?.[0] ?? ''),
          cc: fields.cc,
          replyTo: fields['h:Reply-To']?.[0],
          subject: fields.subject?.[0],
          html: fields.html?.[0],
          text: fields.text?.[0],
          headers: lowerKeys(Object.fromEntries(headers.map(([name, [value]]) => [name.slice(2), value ?? '']))),
          attachments: files.map(({ name, type, content }) => ({ name, type, content })),
        };
      }),
    ),
});

interface HubspotMail {
  message: { to: string; from: string; sendId: string; cc?: string[]; replyTo?: [string] };
}

describeMailProvider({
  kind: 'hubspot',
  batchSize: 1,
  create: createHubspotProvider,
  mail: { html: null, text: null, template: { ref: '77', variables: { firstName: 'Ada' } } },
  without: ['delivery id', 'content', 'names', 'attachments', 'headers', 'bounced'],
  start: () =>
    start(new HubspotServer('pat-1', [77]), { password: 'Bearer pat-1' }, (server) =>
      (server.taken as unknown as HubspotMail[]).map(({ message }) => ({
        customId: message.sendId.split(':').slice(0, 2).join(':'),
        from: readMailbox(message.from),
        to: { email: message.to },
        cc: message.cc,
        replyTo: message.replyTo?.[0],
      })),
    ),
});

/** A mail that was taken may come back as nothing but `unknown`, whatever of the answer still arrived. */
describe('an answer that breaks off', () => {
  it.each([
    ['mailjet', () => new MailjetServer({ user: 'user', password: 'secret' }), createMailjetProvider],
    ['brevo', () => new BrevoServer('secret'), createBrevoProvider],
    ['mailgun', () => new MailgunServer('user', 'secret'), createMailgunProvider],
    ['hubspot', () => new HubspotServer('secret', [77]), createHubspotProvider],
  ])('leaves the mails of the call unknown: %s', async (kind, make, create) => {
    const server = await make().start();
    const provider = create(
      anAccount({ password: kind === 'hubspot' ? 'Bearer secret' : 'secret' }),
      toServer(server.url),
    );
    server.mishap({ kind: 'taken-then-half-answer' });
    const template = kind === 'hubspot' ? { template: { ref: '77', variables: {} } } : {};
    const results = await provider.send([aMail(template), aMail(template)]);
    const [first, second] = results.map(({ outcome }) => outcome);
    expect(first).toBe('unknown');
    // Mailjet had both in its call, the others make another call for the second.
    expect(second).toBe(kind === 'mailjet' ? 'unknown' : 'sent');
    expect(server.taken).toHaveLength(2);
    await provider.close();
    await server.stop();
  });
});
