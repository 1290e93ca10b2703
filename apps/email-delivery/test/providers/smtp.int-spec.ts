import type { MailProvider, ProviderSettings, SendResult } from '../../src/providers/mail-provider';
import { defaultConnectionLimits } from '../../src/providers/smtp/smtp-connections';
import { createSmtpProvider } from '../../src/providers/smtp/smtp.provider';
import { makeSelfSigned, SmtpSink, type SmtpSinkOptions } from './mime-servers';
import { aMail, describeMailProvider, type Fault } from './provider-contract';
import { anAccount, takenMime } from './taken-mime';

const mishaps: Record<Fault, Parameters<SmtpSink['mishap']>[0]> = {
  unauthorized: { stage: 'login', kind: 'answer', answer: '535 5.7.8 wrong' },
  throttled: { stage: 'sender', kind: 'answer', answer: '450 4.7.1 too many, slow down' },
  failing: { stage: 'body', kind: 'answer', answer: '451 4.3.0 local error' },
  silent: { stage: 'body', kind: 'taken-then-silent' },
  reset: { stage: 'body', kind: 'taken-then-reset' },
};

for (const isImplicitTls of [true, false]) {
  describe(isImplicitTls ? 'ssl://' : 'tls://', () =>
    describeMailProvider({
      kind: 'smtp',
      batchSize: 1,
      create: createSmtpProvider,
      async start() {
        const sink = await new SmtpSink({ isImplicitTls }).start();
        return {
          account: anAccount({ host: sink.url }),
          settings: { trustedCa: sink.cert },
          taken: () => sink.mails.map(({ parsed }) => takenMime(parsed)),
          meet: (fault) => sink.mishap(mishaps[fault]),
          refuse: (email) => sink.refuse(email),
          stop: () => sink.stop(),
        };
      },
      without: ['Retry-After'],
    }),
  );
}

describe('smtp provider', () => {
  let sink: SmtpSink;
  const open: MailProvider[] = [];

  const start = async (options: SmtpSinkOptions = {}) => (sink = await new SmtpSink(options).start());
  function provider(settings: Partial<ProviderSettings> = {}, account: Parameters<typeof anAccount>[0] = {}) {
    const made = createSmtpProvider(anAccount({ host: sink.url, ...account }), {
      connectTimeoutMs: 60_000,
      timeoutMs: 60_000,
      allowPrivate: true,
      trustedCa: sink.cert,
      ...settings,
    });
    open.push(made);
    return made;
  }
  const send = async (mail = aMail(), settings: Partial<ProviderSettings> = {}): Promise<SendResult> =>
    (await provider(settings).send([mail]))[0] as SendResult;

  beforeEach(() => start());
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()));
    await sink.stop();
  });

  it('sends 200 mails over no more connections than the limit', async () => {
    const sending = provider();
    const results = await Promise.all(Array.from({ length: 200 }, () => sending.send([aMail()])));
    expect(results.flat().filter(({ outcome }) => outcome === 'sent')).toHaveLength(200);
    expect(new Set(sink.mails.map(({ messageId }) => messageId)).size).toBe(200);
    expect(sink.maxAtOnce).toBeLessThanOrEqual(defaultConnectionLimits.maxConnections);
    expect(sink.connections).toBeLessThanOrEqual(defaultConnectionLimits.maxConnections);
  });

  it('gives one purpose one message id for ever, and the next purpose another', async () => {
    const mail = aMail({ customId: 'mtt:7', purpose: 'mtt:7:once' });
    const ids = [await send(mail), await send(mail), await send({ ...mail, purpose: 'mtt:7:again' })].map((result) =>
      result.outcome === 'sent' ? result.providerMessageId : null,
    );
    expect(ids[0]).toMatch(/^mtt\.7\.[0-9a-f]{24}@green\.example$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(sink.mails.map(({ messageId }) => messageId)).toEqual(ids.map((id) => `<${id}>`));
  });

  it('keeps addresses out of message ids', async () => {
    await send(aMail({ customId: 'user:ada@people.example' }));
    expect(sink.mails[0]?.messageId).toMatch(/^<user\.[0-9a-f]{24}@green\.example>$/);
    expect(sink.mails[0]?.procaId).toBe('user:ada@people.example');
  });

  it('names each recipient once in the envelope', async () => {
    await send(aMail({ cc: ['copy@green.example', 'Ada@people.example', 'copy@green.example'] }));
    expect(sink.mails[0]).toMatchObject({
      from: 'campaigns@green.example',
      to: ['ada@people.example', 'copy@green.example'],
    });
  });

  it.each([
    ['sender', '450 4.1.8 sender check', { outcome: 'retry' }],
    ['sender', '550 5.7.1 not your address', { outcome: 'refused' }],
    ['sender', '550 5.1.8 sender unknown', { outcome: 'refused' }],
    ['sender', '530 5.7.0 log in first', { outcome: 'retry', account: true }],
    ['recipient', '450 4.2.0 greylisted', { outcome: 'retry' }],
    ['recipient', '550 5.1.1 nobody here', { outcome: 'refused', bounced: true }],
    ['recipient', '550 5.7.1 policy', { outcome: 'refused' }],
    ['body', '452 4.3.1 disk full', { outcome: 'retry' }],
    ['body', '421 4.3.2 shutting down', { outcome: 'retry' }],
    ['body', '554 5.7.1 looks like spam', { outcome: 'refused' }],
    ['login', '454 4.7.0 try later', { outcome: 'retry' }],
    ['login', '535 5.7.8 wrong', { outcome: 'retry', account: true }],
    ['connect', '554 5.3.2 no service here', { outcome: 'retry' }],
  ] as const)('at %s, %s: %j', async (stage, answer, expected) => {
    sink.answerNext(stage, answer);
    expect(await send()).toEqual({ ...expected, error: expect.stringContaining(answer.slice(0, 3)) });
    expect(sink.mails).toEqual([]);
  });

  it.each([
    ['connect', 'silent', 'retry'],
    ['login', 'silent', 'retry'],
    ['sender', 'silent', 'retry'],
    ['recipient', 'silent', 'retry'],
    ['body', 'silent', 'unknown'],
    ['connect', 'reset', 'retry'],
    ['login', 'reset', 'retry'],
    ['sender', 'reset', 'retry'],
    ['recipient', 'reset', 'retry'],
    ['body', 'reset', 'unknown'],
  ] as const)('server at %s %s: %s', async (stage, kind, expected) => {
    sink.mishap({ stage, kind });
    const result = await send(aMail(), kind === 'silent' ? { connectTimeoutMs: 2_000, timeoutMs: 2_000 } : {});
    expect(result.outcome).toBe(expected);
  });

  it('has a mail tried again whose connection broke long before its end', async () => {
    sink.mishap({ stage: 'body', kind: 'reset-midway' });
    const content = Buffer.alloc(30_000_000, 'x');
    const file = { name: 'big.txt', type: 'text/plain', content };
    expect(await send(aMail({ attachments: [file] }))).toMatchObject({ outcome: 'retry' });
    expect(sink.mails).toEqual([]);
  });

  it('sends no copies again when only the recipient is put off', async () => {
    sink.refuse('ada@people.example', '450 4.2.0 greylisted');
    expect(await send(aMail({ cc: ['copy@green.example'] }))).toMatchObject({ outcome: 'unknown' });
    sink.refuse('ada@people.example', '550 5.1.1 nobody here');
    expect(await send(aMail({ cc: ['copy@green.example'] }))).toMatchObject({ outcome: 'refused', bounced: true });
  });

  it('uses a connection again, also after a refusal, and a new one where the server has closed it', async () => {
    const sending = provider();
    sink.refuse('gone@people.example');
    await sending.send([aMail()]);
    await sending.send([aMail({ to: { email: 'gone@people.example' } })]);
    await sending.send([aMail()]);
    expect(sink.connections).toBe(1);
    sink.dropConnections();
    expect((await sending.send([aMail()]))[0]?.outcome).toBe('sent');
    expect(sink.connections).toBe(2);
  });

  it('sends nothing to a server whose certificate it does not trust', async () => {
    expect(await send(aMail(), { trustedCa: undefined })).toMatchObject({ outcome: 'retry' });
    expect(await send(aMail(), { trustedCa: makeSelfSigned().cert })).toMatchObject({ outcome: 'retry' });
    expect(sink.logins).toBe(0);
  });

  it('sends nothing in clear where the server offers no STARTTLS', async () => {
    await sink.stop();
    await start({ isWithoutStartTls: true });
    expect(await send()).toMatchObject({ outcome: 'retry' });
    expect(sink.logins).toBe(0);
  });

  it('refuses a mail that is larger than the server takes, before it is handed over', async () => {
    await sink.stop();
    await start({ maxBytes: 2_000 });
    expect(await send(aMail({ text: 'x'.repeat(4_000) }))).toMatchObject({ outcome: 'refused' });
    expect(sink.mails).toEqual([]);
  });

  it('lays missing credentials to the account', async () => {
    const [result] = await provider({}, { user: '', password: '' }).send([aMail()]);
    expect(result).toMatchObject({ outcome: 'retry', account: true });
  });
});
