import { createHubspotProvider } from '../../src/providers/hubspot/hubspot.provider';
import type { MailProvider, OutgoingMail } from '../../src/providers/mail-provider';
import { HubspotServer } from './provider-servers';
import { aMail, anAccount, toServer } from './sample-mail';

const aTemplateMail = (changes: Partial<OutgoingMail> = {}): OutgoingMail =>
  aMail({ html: null, text: null, template: { ref: '77', variables: { firstName: 'Ada' } }, ...changes });

describe('hubspot', () => {
  let server: HubspotServer;
  let provider: MailProvider;

  beforeEach(async () => {
    server = await new HubspotServer('pat-1', [77]).start();
    provider = createHubspotProvider(anAccount({ password: 'Bearer pat-1' }), toServer(server.url));
  });
  afterEach(async () => {
    await provider.close();
    await server.stop();
  });

  it('sends the template by its number and never writes to the contact', async () => {
    const mail = aTemplateMail({ replyTo: 'jane@example.org', cc: ['copy@example.org'] });
    const [result] = await provider.send([mail]);
    expect(result).toEqual({ outcome: 'sent', providerMessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(server.taken[0]).toEqual({
      emailId: 77,
      message: {
        to: mail.to.email,
        from: 'Green Example <campaigns@green.example>',
        sendId: expect.stringMatching(new RegExp(`^${mail.customId}:[0-9a-f]{32}$`)),
        replyTo: ['jane@example.org'],
        cc: ['copy@example.org'],
      },
      contactProperties: {},
      customProperties: { firstName: 'Ada' },
    });
  });

  it('sends two mails of one action, and one purpose once', async () => {
    const confirm = aTemplateMail();
    const thanks = { ...confirm, purpose: 'another' };
    const results = await provider.send([confirm, thanks, confirm]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
    expect(server.taken).toHaveLength(2);
  });

  it('refuses what HubSpot cannot send, without a call', async () => {
    const file = { name: 'a.txt', type: 'text/plain', content: Buffer.from('a') };
    const results = await provider.send([
      aMail(),
      aTemplateMail({ template: { ref: 'welcome', variables: {} } }),
      aTemplateMail({ template: { ref: '7.5', variables: {} } }),
      aTemplateMail({ attachments: [file] }),
      aTemplateMail({ to: { email: '' } }),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill('refused'));
    expect(server.calls).toHaveLength(0);
    expect(provider.listTemplates).toBeUndefined();
  });

  it.each([
    ['bounced@example.org', { outcome: 'refused', error: 'PREVIOUSLY_BOUNCED', bounced: true }],
    ['throttled@example.org', { outcome: 'retry', error: 'THROTTLED' }],
    ['suspended@example.org', { outcome: 'retry', error: 'PORTAL_SUSPENDED', account: true }],
    ['canceled@example.org', { outcome: 'refused', error: 'CANCELED: Not permitted' }],
  ])('reads the result for %s inside an answer 200', async (email, expected) => {
    expect(await provider.send([aTemplateMail({ to: { email } })])).toEqual([expected]);
  });

  it('takes a missing email for a fault of the mail, and a missing API for one of the account', async () => {
    expect(await provider.send([aTemplateMail({ template: { ref: '78', variables: {} } })])).toMatchObject([
      { outcome: 'refused' },
    ]);
    const elsewhere = createHubspotProvider(anAccount(), toServer(`${server.url}/else`));
    server.answerNext(404, '<html></html>');
    expect(await elsewhere.send([aTemplateMail()])).toMatchObject([{ outcome: 'retry', account: true }]);
  });

  it('keeps users and addresses out of its errors', async () => {
    server.answerNext(400, { category: 'VALIDATION_ERROR', message: 'sendId user:jo@example.org for Jo <jo@x.org>' });
    const [result] = await provider.send([aTemplateMail()]);
    expect(result).toEqual({
      outcome: 'refused',
      error: 'HTTP 400: VALIDATION_ERROR: sendId user:[REDACTED] for Jo <[REDACTED]>',
    });
  });
});
