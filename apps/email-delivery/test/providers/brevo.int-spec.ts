import { createBrevoProvider } from '../../src/providers/brevo/brevo.provider';
import type { MailProvider } from '../../src/providers/mail-provider';
import { BrevoServer } from './provider-servers';
import { aMail, anAccount, toServer } from './sample-mail';

describe('brevo', () => {
  let server: BrevoServer;
  let provider: MailProvider;

  beforeEach(async () => {
    server = await new BrevoServer('xkeysib-1').start();
    provider = createBrevoProvider(anAccount({ password: 'xkeysib-1' }), toServer(server.url));
  });
  afterEach(async () => {
    await provider.close();
    await server.stop();
  });

  it('sends one mail per call, with its custom id as the first tag', async () => {
    const mails = [aMail(), aMail()];
    const results = await provider.send(mails);
    expect(provider.batchSize).toBe(1);
    expect(results[1]).toEqual({ outcome: 'sent', providerMessageId: '<20261121.2@smtp-relay.mailin.fr>' });
    expect(server.calls).toHaveLength(2);
    expect(server.taken.map(({ tags }) => tags)).toEqual(
      mails.map(({ customId, deliveryId }) => [customId, `d:${deliveryId}`]),
    );
  });

  it('sends params with templateId only, and cc, replyTo and attachments', async () => {
    const paper = { name: 'paper.pdf', type: 'application/pdf', content: Buffer.from('pdf') };
    const results = await provider.send([
      aMail({ replyTo: 'jane@example.org', cc: ['copy@example.org'], attachments: [paper] }),
      aMail({ template: { ref: '9', variables: { firstName: 'Ada' } }, html: null, text: null, subject: '' }),
      aMail({ template: { ref: 'nine', variables: {} } }),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'refused']);
    const [rendered, remote] = server.taken;
    expect(rendered).toMatchObject({
      replyTo: { email: 'jane@example.org' },
      cc: [{ email: 'copy@example.org' }],
      attachment: [{ name: 'paper.pdf', content: 'cGRm' }],
    });
    expect(rendered).not.toHaveProperty('params');
    expect(remote).toMatchObject({ templateId: 9, params: { firstName: 'Ada' } });
    expect(remote).not.toHaveProperty('htmlContent');
  });

  it('counts a purpose that Brevo took before as unknown, and takes another purpose of the same action', async () => {
    const mail = aMail();
    await provider.send([mail]);
    const results = await provider.send([mail, { ...mail, purpose: 'reminder:1' }]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'sent']);
    expect(server.taken).toHaveLength(2);
  });

  it('holds an invalid recipient against the address, and a missing template against the mail', async () => {
    const results = await provider.send([
      aMail({ to: { email: 'invalid@example.org' } }),
      aMail({ template: { ref: '404', variables: {} } }),
    ]);
    expect(results).toEqual([
      { outcome: 'refused', error: 'HTTP 400: invalid_parameter: email is not valid in to', bounced: true },
      { outcome: 'refused', error: 'HTTP 404: document_not_found: Template ID does not exist' },
    ]);
  });

  it('waits for the end of its rate limit where Retry-After is missing, without calling for the other mails', async () => {
    server.answerNext(429, { message: 'slow down' }, { 'x-sib-ratelimit-reset': '12' });
    const results = await provider.send([aMail(), aMail()]);
    const expected = { outcome: 'retry', error: 'HTTP 429: slow down', retryAfterMs: 12_000 };
    expect(results).toEqual([expected, expected]);
    expect(server.calls).toHaveLength(1);
  });

  it('cuts names to the 70 characters that Brevo takes', async () => {
    const [result] = await provider.send([aMail({ to: { email: 'a@example.org', name: 'Ñ'.repeat(90) } })]);
    expect(result?.outcome).toBe('sent');
  });

  it('lists the active templates until a page has fewer than 50', async () => {
    for (let id = 1; id <= 60; id += 1) server.templates.push({ id, name: `t${id}`, isActive: id > 1 });
    const listed = await provider.listTemplates?.();
    expect(listed).toHaveLength(59);
    expect(listed?.[0]).toEqual({ ref: '2', name: 't2' });
    expect(server.calls.map(({ query }) => query.get('offset'))).toEqual(['0', '50']);
  });
});
