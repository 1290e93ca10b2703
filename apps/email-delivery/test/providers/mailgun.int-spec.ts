import type { MailProvider } from '../../src/providers/mail-provider';
import { createMailgunProvider } from '../../src/providers/mailgun/mailgun.provider';
import { MailgunServer } from './provider-servers';
import { aMail, anAccount, toServer } from './sample-mail';

describe('mailgun', () => {
  const account = { user: 'mg.greens.example', password: 'key-1' };
  let server: MailgunServer;
  let provider: MailProvider;

  beforeEach(async () => {
    server = await new MailgunServer('mg.greens.example', 'key-1').start();
    provider = createMailgunProvider(anAccount(account), toServer(server.url));
  });
  afterEach(async () => {
    await provider.close();
    await server.stop();
  });

  it('sends one mail per call with v:custom-id, and takes the id from the answer', async () => {
    const mail = aMail({ replyTo: 'jane@example.org', headers: { 'List-Unsubscribe': '<https://x.example>' } });
    const results = await provider.send([mail]);
    expect(results).toEqual([{ outcome: 'sent', providerMessageId: '<20261121.1@mg.greens.example>' }]);
    expect(server.taken[0]?.fields).toMatchObject({
      'v:custom-id': [mail.customId],
      'h:Reply-To': ['jane@example.org'],
      'h:List-Unsubscribe': ['<https://x.example>'],
    });
  });

  it('calls the host of the account: the EU has another one', async () => {
    const settings = { ...toServer(''), apiUrl: undefined };
    const there = createMailgunProvider(anAccount({ ...account, host: `${server.url}/v3/` }), settings);
    expect(await there.send([aMail()])).toMatchObject([{ outcome: 'sent' }]);
    expect(server.calls[0]?.path).toBe('/v3/mg.greens.example/messages');
  });

  it('refuses a host that is private or not https, as a fault of the account', async () => {
    const settings = { connectTimeoutMs: 1000, timeoutMs: 1000 };
    for (const host of ['http://api.mailgun.net', 'https://127.0.0.1', 'https://localhost', 'not a host']) {
      const there = createMailgunProvider(anAccount({ ...account, host }), settings);
      expect(await there.send([aMail()])).toMatchObject([{ outcome: 'retry', account: true }]);
    }
    expect(server.calls).toHaveLength(0);
  });

  it('takes an unknown domain for a fault of the account, and an invalid recipient for one of the mail', async () => {
    const elsewhere = createMailgunProvider(anAccount({ ...account, user: 'other.example' }), toServer(server.url));
    expect(await elsewhere.send([aMail()])).toMatchObject([{ outcome: 'retry', account: true }]);
    expect(await provider.send([aMail({ to: { email: 'invalid@example.org' } })])).toMatchObject([
      { outcome: 'refused', bounced: true },
    ]);
  });

  it('keeps a name with a comma or a bracket from naming a second recipient', async () => {
    await provider.send([aMail({ to: { email: 'a@example.org', name: 'Doe, "J" <b@example.org>, x' } })]);
    expect(server.taken[0]?.fields.to).toEqual(['"Doe, \\"J\\" <b@example.org>, x" <a@example.org>']);
  });

  it('sends inline files under their content id and others under their name', async () => {
    const content = Buffer.from([0, 255, 13, 10]);
    const picture = { name: 'cat.png', type: 'image/png', content, contentId: 'file1' };
    const paper = { name: 'päper".pdf', type: 'application/pdf', content };
    await provider.send([aMail({ attachments: [picture, paper] })]);
    expect(server.taken[0]?.files).toEqual([
      { field: 'inline', name: 'file1', type: 'image/png', content },
      { field: 'attachment', name: 'päper".pdf', type: 'application/pdf', content },
    ]);
  });

  it('refuses a template of the provider without a rendered mail beside it', async () => {
    const template = { ref: 'welcome', variables: {} };
    const results = await provider.send([aMail({ template, html: null, text: null }), aMail({ template })]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'sent']);
    expect(provider.listTemplates).toBeUndefined();
  });

  it('takes a success without id for unknown: what answered is not Mailgun', async () => {
    server.answerNext(200, '<html>welcome</html>');
    expect(await provider.send([aMail()])).toMatchObject([{ outcome: 'unknown' }]);
  });
});
