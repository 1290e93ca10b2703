import { waitFor } from '@groundswell/testing';
import type {
  Attachment,
  MailAccount,
  MailProvider,
  OutgoingMail,
  ProviderSettings,
  SendResult,
} from '../../src/providers/mail-provider';

/** A mail as the fake server took it; null or absent for what this provider's protocol does not carry. */
export interface TakenMail {
  customId: string | null;
  deliveryId?: number | null;
  to: { email: string; name?: string | null };
  cc?: string[];
  from: { email: string; name?: string | null };
  replyTo?: string | null;
  subject?: string | null;
  html?: string | null;
  text?: string | null;
  attachments?: Pick<Attachment, 'name' | 'type' | 'content'>[];
  headers?: Record<string, string>;
}

/** What the next call meets: `unauthorized` 401 or its like, `throttled` 429 with Retry-After of 7 s where there is one,
 *  `failing` 500 or its like, `silent` and `reset` after the whole request was read, before any answer. */
export type Fault = 'unauthorized' | 'throttled' | 'failing' | 'silent' | 'reset';

/** The fake server of one test. */
export interface ServerUnderTest {
  readonly account: MailAccount;
  readonly settings?: Partial<ProviderSettings>;
  taken(): Promise<TakenMail[]> | TakenMail[];
  meet(fault: Fault): void;
  /** Mails to this address are refused as to a dead mailbox, all others taken. */
  refuse(email: string): void;
  stop(): Promise<void>;
}

export interface ProviderUnderTest {
  kind: MailProvider['kind'];
  batchSize: number;
  create(account: MailAccount, settings: ProviderSettings): MailProvider;
  start(): Promise<ServerUnderTest>;
  /** What the protocol cannot do is not asked of it. */
  without?: readonly (
    | 'custom id'
    | 'delivery id'
    | 'message id'
    | 'content'
    | 'attachments'
    | 'cc'
    | 'headers'
    | 'names'
    | 'bounced'
    | 'Retry-After'
    | 'accounts'
    | 'refusal'
    | 'network'
  )[];
  /** Fields that a mail of this provider needs, e.g. its template. */
  mail?: Partial<OutgoingMail>;
}

let purposes = 0;

export function aMail(fields: Partial<OutgoingMail> = {}): OutgoingMail {
  purposes += 1;
  return {
    customId: 'action:42',
    deliveryId: 7_000 + purposes,
    purpose: `thank-you:action:42:${process.pid}:${purposes}`,
    from: { email: 'campaigns@green.example', name: 'Green Example' },
    to: { email: 'ada@people.example', name: 'Ada' },
    subject: 'Thank you',
    html: '<p>Thank you, Ada</p>',
    text: 'Thank you, Ada',
    ...fields,
  };
}

const patient: ProviderSettings = { connectTimeoutMs: 60_000, timeoutMs: 60_000, allowPrivate: true };
/** Ends a call that is never answered. */
const answerTimeoutMs = 700;

class Scene {
  private readonly open: MailProvider[] = [];

  constructor(
    readonly server: ServerUnderTest,
    private readonly tested: ProviderUnderTest,
  ) {}

  provider(settings: Partial<ProviderSettings> = {}): MailProvider {
    const provider = this.tested.create(this.server.account, { ...patient, ...this.server.settings, ...settings });
    this.open.push(provider);
    return provider;
  }

  mail(fields: Partial<OutgoingMail> = {}): OutgoingMail {
    return aMail({ ...this.tested.mail, ...fields });
  }

  async send(fields: Partial<OutgoingMail> = {}, settings: Partial<ProviderSettings> = {}): Promise<SendResult> {
    const results = await this.provider(settings).send([this.mail(fields)]);
    expect(results).toHaveLength(1);
    return results[0] as SendResult;
  }

  async onlyTaken(): Promise<TakenMail> {
    const taken = await this.server.taken();
    expect(taken).toHaveLength(1);
    return taken[0] as TakenMail;
  }

  async stop(): Promise<void> {
    await Promise.all(this.open.map((provider) => provider.close()));
    await this.server.stop();
  }
}

/** What every mail provider keeps to (email-and-mtt.md 1.3), over real connections to a fake server. */
export function describeMailProvider(tested: ProviderUnderTest): void {
  const lacks = new Set(tested.without ?? []);
  const itWith = (needed: (typeof tested.without & object)[number], ...rest: Parameters<typeof it>) =>
    (lacks.has(needed) ? it.skip : it)(...rest);

  describe(`mail provider ${tested.kind}`, () => {
    let scene: Scene;
    beforeEach(async () => {
      scene = new Scene(await tested.start(), tested);
    });
    afterEach(() => scene.stop());

    describeAccepted(() => scene, tested, itWith);
    describeFaults(() => scene, itWith);
    describeCarefulText(() => scene, itWith);
  });
}

type ItWith = (needed: NonNullable<ProviderUnderTest['without']>[number], ...rest: Parameters<typeof it>) => void;

function describeAccepted(scene: () => Scene, tested: ProviderUnderTest, itWith: ItWith): void {
  it('says its kind and how many mails a call takes', () => {
    expect(scene().provider()).toMatchObject({ kind: tested.kind, batchSize: tested.batchSize });
  });

  it('sends a mail to its recipient', async () => {
    expect((await scene().send()).outcome).toBe('sent');
    expect((await scene().onlyTaken()).to.email).toBe('ada@people.example');
  });

  itWith('message id', 'answers with the id that the provider knows the mail by', async () => {
    const ids = [await scene().send(), await scene().send()].map((result) =>
      result.outcome === 'sent' ? result.providerMessageId : null,
    );
    expect(ids).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  itWith('custom id', 'hands the custom id over', async () => {
    await scene().send({ customId: 'mtt:7' });
    expect((await scene().onlyTaken()).customId).toBe('mtt:7');
  });

  itWith('delivery id', 'hands the id of its row over', async () => {
    await scene().send({ deliveryId: 9_007_199_254_740_991, headers: { 'X-Groundswell-Delivery': '8' } });
    expect((await scene().onlyTaken()).deliveryId).toBe(9_007_199_254_740_991);
  });

  itWith('content', 'sends subject, html and text as they are', async () => {
    const content = { subject: 'Rettet die Bäume 🌳', html: '<p>Grüße, Ægir 🌲</p>', text: 'Grüße, Ægir 🌲' };
    await scene().send(content);
    const { subject, html, text } = await scene().onlyTaken();
    expect({ subject, html: html?.trim(), text: text?.trim() }).toEqual(content);
  });

  itWith('names', 'sends names of any script', async () => {
    await scene().send({
      from: { email: 'campaigns@green.example', name: 'Зелёные, "e.V."' },
      to: { email: 'ada@people.example', name: 'Ada Łoś 李' },
    });
    const { from, to } = await scene().onlyTaken();
    expect([from.name, to.name]).toEqual(['Зелёные, "e.V."', 'Ada Łoś 李']);
  });

  itWith('cc', 'sends copies and the address for answers', async () => {
    await scene().send({ cc: ['copy@green.example'], replyTo: 'answers@green.example' });
    const { cc, replyTo } = await scene().onlyTaken();
    expect({ cc, replyTo }).toEqual({ cc: ['copy@green.example'], replyTo: 'answers@green.example' });
  });

  itWith('attachments', 'sends attachments byte by byte', async () => {
    const content = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 31) % 256));
    const file = { name: 'Übersicht.pdf', type: 'application/pdf', content };
    await scene().send({ attachments: [file] });
    expect((await scene().onlyTaken()).attachments).toEqual([file]);
  });

  it('sends a batch, one result per mail in order', async () => {
    const emails = ['ada@people.example', 'bob@people.example', 'eve@people.example'];
    const results = await scene()
      .provider()
      .send(emails.map((email) => scene().mail({ to: { email } })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
    expect((await scene().server.taken()).map(({ to }) => to.email).sort()).toEqual(emails);
  });

  it('answers an empty batch with nothing', async () => {
    expect(await scene().provider().send([])).toEqual([]);
  });
}

function describeFaults(scene: () => Scene, itWith: ItWith): void {
  itWith('refusal', 'says that a recipient was refused', async () => {
    scene().server.refuse('gone@people.example');
    const result = await scene().send({ to: { email: 'gone@people.example' } });
    expect(result).toMatchObject({ outcome: 'refused', error: expect.stringMatching(/\S/) });
    expect(JSON.stringify(result)).not.toContain('gone@people.example');
  });

  itWith('bounced', 'says that the address is dead', async () => {
    scene().server.refuse('gone@people.example');
    expect(await scene().send({ to: { email: 'gone@people.example' } })).toMatchObject({ bounced: true });
  });

  itWith('refusal', 'sends the rest of a batch when one recipient is refused', async () => {
    scene().server.refuse('gone@people.example');
    const emails = ['ada@people.example', 'gone@people.example', 'eve@people.example'];
    const results = await scene()
      .provider()
      .send(emails.map((email) => scene().mail({ to: { email } })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'refused', 'sent']);
  });

  it('refuses what is no address, and sends the rest', async () => {
    const emails = ['ada@people.example', 'not an address', 'a@b@people.example', 'eve@people.example'];
    const results = await scene()
      .provider()
      .send(emails.map((email) => scene().mail({ to: { email } })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'refused', 'refused', 'sent']);
    expect((await scene().server.taken()).map(({ to }) => to.email).sort()).toEqual([emails[0], emails[3]]);
  });

  itWith('accounts', 'lays refused credentials to the account, not to the mail', async () => {
    scene().server.meet('unauthorized');
    expect(await scene().send()).toMatchObject({ outcome: 'retry', account: true });
  });

  itWith('network', 'has the mail tried again when there are too many', async () => {
    scene().server.meet('throttled');
    const result = await scene().send();
    expect(result.outcome).toBe('retry');
    expect(result).not.toHaveProperty('account');
  });

  itWith('Retry-After', 'waits as long as the provider asks for', async () => {
    scene().server.meet('throttled');
    expect(await scene().send()).toMatchObject({ retryAfterMs: 7_000 });
  });

  itWith('network', 'has the mail tried again when the provider fails, and then sends it', async () => {
    scene().server.meet('failing');
    const provider = scene().provider();
    const mail = scene().mail();
    expect((await provider.send([mail]))[0]?.outcome).toBe('retry');
    expect((await provider.send([mail]))[0]?.outcome).toBe('sent');
    expect(await scene().server.taken()).toHaveLength(1);
  });

  itWith('network', 'has the mail tried again when nobody listens', async () => {
    await scene().server.stop();
    expect((await scene().send()).outcome).toBe('retry');
  });

  itWith('network', 'does not know whether a mail without answer was sent', async () => {
    // A machine that stalls may not even connect within such a short time: then once more.
    await waitFor(async () => {
      scene().server.meet('silent');
      const result = await scene().send({}, { timeoutMs: answerTimeoutMs });
      expect(result).toMatchObject({ outcome: 'unknown', error: expect.stringContaining(`${answerTimeoutMs} ms`) });
      return true;
    });
  });

  itWith('network', 'does not know whether a mail was sent when the connection breaks before the answer', async () => {
    scene().server.meet('reset');
    expect((await scene().send()).outcome).toBe('unknown');
  });

  itWith('network', 'calls no private address unless it may', async () => {
    const result = await scene().send({}, { allowPrivate: false });
    expect(result.outcome).toBe('retry');
    expect(await scene().server.taken()).toEqual([]);
  });
}

function describeCarefulText(scene: () => Scene, itWith: ItWith): void {
  const injected = 'Hello\r\nBcc: spy@evil.example\r\nX-Injected: yes';

  itWith('content', 'lets no subject start another header', async () => {
    await scene().send({ subject: injected });
    const { subject, headers, cc } = await scene().onlyTaken();
    expect(subject).not.toMatch(/[\r\n]/);
    expect(Object.keys(headers ?? {})).not.toContain('x-injected');
    expect(cc ?? []).toEqual([]);
  });

  itWith('names', 'lets no name start another header', async () => {
    await scene().send({ to: { email: 'ada@people.example', name: injected } });
    const { to, headers } = await scene().onlyTaken();
    expect(to.name ?? '').not.toMatch(/[\r\n]/);
    expect(Object.keys(headers ?? {})).not.toContain('x-injected');
  });

  itWith('headers', 'sends extra headers, one line each', async () => {
    await scene().send({ headers: { 'List-Unsubscribe': '<https://green.example/u>', 'X-Note': injected } });
    const { headers } = await scene().onlyTaken();
    expect(headers).toMatchObject({ 'list-unsubscribe': '<https://green.example/u>' });
    expect(Object.keys(headers ?? {})).not.toContain('x-injected');
  });

  it('sends to nobody for an address with a line break', async () => {
    expect((await scene().send({ to: { email: 'ada@people.example\r\nBcc: spy@evil.example' } })).outcome).toBe(
      'refused',
    );
    expect(await scene().server.taken()).toEqual([]);
  });
}
