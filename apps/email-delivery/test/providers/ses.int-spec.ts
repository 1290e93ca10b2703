import type { MailProvider } from '../../src/providers/mail-provider';
import { createSesProvider, SesRegionError } from '../../src/providers/ses/ses.provider';
import { sesError, SesServer } from './mime-servers';
import { aMail, describeMailProvider, type Fault } from './provider-contract';
import { anAccount, takenMime } from './taken-mime';

const account = anAccount({ name: 'ses', host: 'eu-west-1', user: 'AKIATEST', password: 'secret' });

const mishaps: Record<Fault, Parameters<SesServer['mishap']>[0]> = {
  unauthorized: { kind: 'answer', reply: sesError(403, 'InvalidClientTokenId', 'The security token is invalid') },
  throttled: {
    kind: 'answer',
    reply: sesError(429, 'TooManyRequestsException', 'Maximum sending rate exceeded', { 'retry-after': '7' }),
  },
  failing: { kind: 'answer', reply: sesError(500, 'InternalFailure', 'internal failure') },
  silent: { kind: 'taken-then-silent' },
  reset: { kind: 'taken-then-reset' },
};

describeMailProvider({
  kind: 'ses',
  batchSize: 50,
  create: createSesProvider,
  async start() {
    const server = await new SesServer().start();
    return {
      account,
      settings: { apiUrl: server.url },
      taken: () => server.mails.map(({ parsed }) => takenMime(parsed)),
      meet: (fault) => server.mishap(mishaps[fault]),
      refuse: (email) => server.refused.add(email),
      stop: () => server.stop(),
    };
  },
});

describe('ses provider', () => {
  let server: SesServer;
  let provider: MailProvider;
  beforeEach(async () => {
    server = await new SesServer().start();
    const settings = { connectTimeoutMs: 60_000, timeoutMs: 60_000, allowPrivate: true, apiUrl: server.url };
    provider = createSesProvider(account, settings);
  });
  afterEach(async () => {
    await provider.close();
    await server.stop();
  });

  it.each([
    ['Throttling', 400, { outcome: 'retry' }],
    ['RequestTimeout', 400, { outcome: 'retry' }],
    ['ServiceUnavailable', 503, { outcome: 'retry' }],
    ['Late', 408, { outcome: 'retry' }],
    ['TooEarly', 425, { outcome: 'retry' }],
    ['Busy', 429, { outcome: 'retry' }],
    ['InternalFailure', 500, { outcome: 'retry' }],
    ['Unknown', 401, { outcome: 'retry', account: true }],
    ['AccountSendingPausedException', 400, { outcome: 'retry', account: true }],
    ['SignatureDoesNotMatch', 403, { outcome: 'retry', account: true }],
    ['MessageRejected', 400, { outcome: 'refused' }],
    ['MailFromDomainNotVerifiedException', 400, { outcome: 'refused' }],
    ['InvalidParameterValue', 400, { outcome: 'refused' }],
  ])('reads %s as what it is, with one call', async (code, status, expected) => {
    server.mishap({ kind: 'answer', reply: sesError(status, code, 'for ada@people.example') });
    const [result] = await provider.send([aMail()]);
    expect(result).toEqual({ ...expected, error: expect.stringMatching(new RegExp(`^${code}`)) });
    expect(JSON.stringify(result)).not.toContain('ada@people.example');
    expect(server.calls).toHaveLength(1);
  });

  it('does not know about a mail whose answer broke off or says no id', async () => {
    server.mishap({ kind: 'taken-then-half-answer' });
    server.mishap({ kind: 'answer', reply: { status: 200, body: '<SendRawEmailResponse/>' } });
    expect((await provider.send([aMail()]))[0]?.outcome).toBe('unknown');
    expect((await provider.send([aMail()]))[0]?.outcome).toBe('unknown');
  });

  it('calls for no more of a batch once the account is refused', async () => {
    const locked = createSesProvider(
      { ...account, user: 'OTHER' },
      { connectTimeoutMs: 60_000, timeoutMs: 60_000, allowPrivate: true, apiUrl: server.url },
    );
    const results = await locked.send(Array.from({ length: 50 }, () => aMail()));
    expect(results.filter((result) => result.outcome === 'retry' && result.account)).toHaveLength(50);
    expect(server.calls.length).toBeLessThanOrEqual(5);
    await locked.close();
  });

  it('ends a batch in time when SES does not answer, and calls for the rest another time', async () => {
    for (let call = 0; call < 50; call += 1) server.mishap({ kind: 'silent' });
    const settings = { connectTimeoutMs: 2_000, timeoutMs: 2_000, allowPrivate: true, apiUrl: server.url };
    const slow = createSesProvider(account, settings);
    const results = await slow.send(Array.from({ length: 50 }, () => aMail()));
    const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
    expect(count('unknown')).toBe(server.calls.length);
    expect(count('retry')).toBe(50 - server.calls.length);
    expect(server.calls.length).toBeLessThanOrEqual(10);
    await slow.close();
  });

  it('lays missing credentials to the account, without a call', async () => {
    const settings = { connectTimeoutMs: 5_000, timeoutMs: 5_000, allowPrivate: true, apiUrl: server.url };
    const [result] = await createSesProvider({ ...account, password: '' }, settings).send([aMail()]);
    expect(result).toMatchObject({ outcome: 'retry', account: true });
    expect(server.calls).toEqual([]);
  });

  it('tags the mail with the id of its row, for the events of its configuration set', async () => {
    await provider.send([aMail({ deliveryId: 77 })]);
    const form = new URLSearchParams(server.calls[0]?.body.toString());
    expect([form.get('Tags.member.1.Name'), form.get('Tags.member.1.Value')]).toEqual(['delivery-id', '77']);
  });

  it('hands recipient and copies over, each once', async () => {
    await provider.send([aMail({ cc: ['copy@green.example', 'Ada@people.example', 'copy@green.example'] })]);
    expect(server.mails[0]?.destinations).toEqual(['ada@people.example', 'copy@green.example']);
  });

  it('lists templates over pages, and sends none', async () => {
    server.templates = ['one', 'two', 'three', 'four', 'five'];
    expect(await provider.listTemplates?.()).toEqual(server.templates.map((name) => ({ ref: name, name })));
    const templated = aMail({ html: null, text: null, template: { ref: 'one', variables: {} } });
    expect((await provider.send([templated]))[0]).toMatchObject({ outcome: 'refused' });
    expect(server.mails).toEqual([]);
  });

  it('is not made for a host that is no region', () => {
    const settings = { connectTimeoutMs: 1, timeoutMs: 1 };
    for (const host of ['', 'https://evil.example', 'eu-west-1.evil.example/']) {
      expect(() => createSesProvider({ ...account, host }, settings)).toThrow(SesRegionError);
    }
  });
});
