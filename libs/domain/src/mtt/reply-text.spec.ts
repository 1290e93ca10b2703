import { htmlToText, maxReplyLength, readableReply, readableSubject, replyDomainOf } from './reply-text';

const answer = 'Dear Harald,\n\nI shall vote for it.';

describe('what is kept of an answer', () => {
  it.each([
    ['lines that begin with >', `${answer}\n\n> Please vote\n> for it.\n`],
    ['English', `${answer}\r\n\r\nOn Fri, 20 Nov 2026 at 10:00, Harald <h@example.org> wrote:\r\n> Please`],
    [
      'English over two lines',
      `${answer}\n\nOn Fri, 20 Nov 2026 at 10:00, Harald Bower via Groundswell\n<h@example.org> wrote:\n\nPlease`,
    ],
    ['German', `${answer}\n\nAm 20.11.2026 um 10:00 schrieb Harald:\nBitte`],
    ['French', `${answer}\n\nLe ven. 20 nov. 2026 à 10:00, Harald <h@example.org> a écrit :\nBitte`],
    ['Polish', `${answer}\n\nW dniu 20.11.2026 o 10:00, Harald pisze: x napisał(a):\nProszę`],
    ['Outlook', `${answer}\n\n________________________________\nFrom: Harald\nSent: Friday`],
    ['a head', `${answer}\n\nFrom: Harald <h@example.org>\nSent: Friday\nTo: me\n\nPlease`],
    ['an original message', `${answer}\n\n-----Original Message-----\nPlease`],
  ])('is without the quote: %s', (_what, text) => {
    expect(readableReply(text)).toEqual({ text: answer, isCut: false });
  });

  it('keeps lines between quotes, and a sentence that looks a little like one', () => {
    expect(readableReply('> Please vote\nI shall.\n> And tell\nOn Friday I wrote: nothing more').text).toBe(
      'I shall.\nOn Friday I wrote: nothing more',
    );
  });

  it('is plain, and of limited length', () => {
    expect(readableReply('a\u0000b\u202ec\ud800\n\n\n\nd\t.').text).toBe('abc\n\nd\t.');
    expect(readableReply('x'.repeat(maxReplyLength + 1))).toEqual({ text: 'x'.repeat(maxReplyLength), isCut: true });
    expect(readableSubject(' Re:\r\n Bees\u0007 ')).toBe('Re: Bees');
  });

  it('is the text of HTML without markup, scripts and quotes', () => {
    const html = `<html><head><title>t</title><style>p{}</style></head><body><p>Dear&nbsp;Harald &amp; all,</p><div>I shall
      <b>vote</b> for it&#33;<br>Anna</div><script>alert(1)</script><blockquote>Please</blockquote></body></html>`;
    expect(readableReply(htmlToText(html)).text).toBe('Dear Harald & all,\nI shall vote for it!\nAnna');
    expect(htmlToText('a<div class="gmail_quote">b</div>')).toBe('a');
    expect(htmlToText('<img src=x onerror=alert(1)>x &#0;&#9999999;<b')).toBe('x ');
  });

  it.each([
    'On a ',
    '<!--',
    '<div class="',
    '> ',
    '&#',
    'From: ',
    '____',
    '<br ',
    `on ${'schrieb '.repeat(25)}${' '.repeat(63_000)}`,
  ])('comes to an end with %j over and over', (part) => {
    const text = part.repeat(64_000 / part.length);
    // What a loop of this length takes, many times over.
    const start = process.cpuUsage();
    readableReply(htmlToText(text));
    readableReply(text);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(400);
    expect(readableReply(htmlToText(text)).text.length).toBeLessThanOrEqual(maxReplyLength);
    expect(readableReply(text).text.length).toBeLessThanOrEqual(maxReplyLength);
  });
});

it.each([
  [{}, null],
  [{ replies: { domain: 'Reply.Example.org' } }, 'reply.example.org'],
  [{ replies: { domain: 'localhost' } }, null],
  [{ replies: { domain: 'a b.org' } }, null],
  [{ replies: 'reply.example.org' }, null],
])('the domain of a config %j is %s', (config, domain) => {
  expect(replyDomainOf(config)).toBe(domain);
});
