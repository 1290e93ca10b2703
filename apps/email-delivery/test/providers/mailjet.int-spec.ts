import { createMailjetProvider } from '../../src/providers/mailjet/mailjet.provider';
import type { MailProvider } from '../../src/providers/mail-provider';
import { MailjetServer } from './provider-servers';
import { aMail, anAccount, toServer } from './sample-mail';

describe('mailjet', () => {
  let server: MailjetServer;
  let provider: MailProvider;

  beforeEach(async () => {
    server = await new MailjetServer({ user: 'public', password: 'private' }).start();
    provider = createMailjetProvider(anAccount({ user: 'public', password: 'private' }), toServer(server.url));
  });
  afterEach(async () => {
    await provider.close();
    await server.stop();
  });

  it('tells a fatal, a retryable and a sent mail of one call apart, though the call answers 400', async () => {
    const invalid = { email: 'invalid@example.org' };
    const results = await provider.send([
      aMail({ to: invalid }),
      aMail({ to: { email: 'busy@example.org' } }),
      aMail({ to: { email: 'ok@example.org' } }),
    ]);
    expect(results).toEqual([
      { outcome: 'refused', error: 'mj-0013: "[REDACTED]" is an invalid email address.', bounced: true },
      { outcome: 'retry', error: 'mj-9999: The message could not be queued' },
      { outcome: 'sent', providerMessageId: '1152921500000000001' },
    ]);
    expect(server.calls).toHaveLength(1);
  });

  it('refuses a mail for its sender without holding it against the recipient', async () => {
    const [result] = await provider.send([aMail({ from: { email: 'stranger@example.org' } })]);
    expect(result).toEqual({ outcome: 'refused', error: 'send-0008: is not an authorized sender' });
  });

  it('reads ErrorRelatedTo without names as fatal, and an invalid address as a bounce', async () => {
    const errorOf = (code: string) => ({ Status: 'error', Errors: [{ ErrorCode: code, ErrorRelatedTo: [] }] });
    server.answerNext(400, { Messages: [errorOf('mj-0013'), errorOf('send-0003')] });
    expect(await provider.send([aMail(), aMail()])).toEqual([
      { outcome: 'refused', error: 'mj-0013', bounced: true },
      { outcome: 'refused', error: 'send-0003' },
    ]);
  });

  it.each([
    [401, { outcome: 'retry', account: true }],
    [503, { outcome: 'retry' }],
    [200, { outcome: 'unknown' }],
  ])('gives every mail the result of an answer %i without Messages', async (status, expected) => {
    server.answerNext(status, { StatusCode: status, ErrorMessage: 'no' });
    const results = await provider.send([aMail(), aMail()]);
    expect(results).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
    expect(server.calls).toHaveLength(1);
  });

  it('counts a message that the answer leaves out as unknown', async () => {
    server.answerNext(200, { Messages: [{ Status: 'success', To: [{ MessageID: 7 }] }] });
    const results = await provider.send([aMail(), aMail()]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'unknown']);
  });

  it('sends more than 50 mails in calls of at most 50, and stops calling once the account is refused', async () => {
    const mails = Array.from({ length: 120 }, () => aMail());
    expect((await provider.send(mails)).every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(server.taken.map(({ CustomID }) => CustomID)).toEqual(mails.map(({ customId }) => customId));
    expect(server.calls).toHaveLength(3);

    server.answerNext(401, { StatusCode: 401 });
    const refused = await provider.send(mails.slice(0, 60));
    expect(refused).toHaveLength(60);
    expect(refused.every((result) => result.outcome === 'retry' && result.account)).toBe(true);
    expect(server.calls).toHaveLength(4);
  });

  it('cuts calls by their size too, and sends a larger mail by itself', async () => {
    const file = (bytes: number) => ({ name: 'a.pdf', type: 'application/pdf', content: Buffer.alloc(bytes) });
    const mails = [3_000_000, 3_000_000, 3_000_000, 9_000_000, 10].map((bytes) =>
      aMail({ attachments: [file(bytes)] }),
    );
    expect((await provider.send(mails)).every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(server.taken.map(({ CustomID }) => CustomID)).toEqual(mails.map(({ customId }) => customId));
    expect(server.calls).toHaveLength(4);
  });

  it('finds the mail that makes a whole call refused, and sends the others', async () => {
    const mails = [aMail(), aMail(), aMail(), aMail()];
    const whole = { StatusCode: 400, ErrorCode: 'mj-0002', ErrorMessage: 'Malformed' };
    server.answerNext(400, whole); // all four
    server.answerNext(400, whole); // the first two
    server.answerNext(400, whole); // the first
    const results = await provider.send(mails);
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'sent', 'sent', 'sent']);
  });

  it('uses ReplyTo and ContentID, and sends variables with a template only', async () => {
    const picture = { name: 'cat.png', type: 'image/png', content: Buffer.from('cat'), contentId: 'file1' };
    const paper = { name: 'paper.pdf', type: 'application/pdf', content: Buffer.from('pdf') };
    const template = { ref: '42', variables: { firstName: 'Ada' } };
    const results = await provider.send([
      aMail({ replyTo: 'jane@example.org', cc: ['copy@example.org'], attachments: [picture, paper] }),
      aMail({ template, html: null, text: null, subject: '' }),
      aMail({ template: { ref: 'abc', variables: {} } }),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'refused']);
    const [rendered, remote] = server.taken;
    expect(rendered).toMatchObject({
      ReplyTo: { Email: 'jane@example.org' },
      Cc: [{ Email: 'copy@example.org' }],
      InlinedAttachments: [
        { ContentType: 'image/png', Filename: 'cat.png', Base64Content: 'Y2F0', ContentID: 'file1' },
      ],
      Attachments: [{ ContentType: 'application/pdf', Filename: 'paper.pdf', Base64Content: 'cGRm' }],
    });
    expect(rendered).not.toHaveProperty('Variables');
    expect(rendered).not.toHaveProperty('Headers');
    expect(remote).toMatchObject({ TemplateID: 42, TemplateLanguage: true, TemplateErrorDeliver: false });
    expect(remote).toMatchObject({ Variables: { firstName: 'Ada' } });
    expect(remote).not.toHaveProperty('HTMLPart');
    expect(remote).not.toHaveProperty('Subject');
  });

  it('refuses an impossible address before the call, and sends the rest', async () => {
    const results = await provider.send([aMail({ to: { email: 'two@at@example.org' } }), aMail()]);
    expect(results).toEqual([
      { outcome: 'refused', error: 'invalid recipient address', bounced: true },
      expect.objectContaining({ outcome: 'sent' }),
    ]);
    expect(server.taken).toHaveLength(1);
  });

  it('lists all templates, page by page until an empty one', async () => {
    for (let id = 1; id <= 100; id += 1) server.templates.push({ ID: id, Name: `template ${id}` });
    const listed = await provider.listTemplates?.();
    expect(listed).toHaveLength(100);
    expect(listed?.[99]).toEqual({ ref: '100', name: 'template 100' });
    expect(server.calls.map(({ query }) => query.get('offset'))).toEqual(['0', '50', '100']);
  });

  it('says that it is not authenticated where the list answers 401', async () => {
    const stranger = createMailjetProvider(anAccount(), toServer(server.url));
    await expect(stranger.listTemplates?.()).rejects.toMatchObject({
      message: 'not authenticated',
      isTransient: false,
    });
  });
});
