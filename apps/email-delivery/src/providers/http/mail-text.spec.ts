import type { OutgoingMail } from '../mail-provider';
import { cleanHeaders, mailbox, oneLine, refuseFaulty } from './mail-text';

it.each([
  [{ email: 'a@b.org' }, 'a@b.org'],
  [{ email: 'a@b.org', name: ' ' }, 'a@b.org'],
  [{ email: 'a@b.org', name: 'Zoë O’Brien' }, '"Zoë O’Brien" <a@b.org>'],
  [{ email: 'a@b.org', name: 'Zoë Brien' }, 'Zoë Brien <a@b.org>'],
  [{ email: 'a@b.org', name: 'Doe, J' }, '"Doe, J" <a@b.org>'],
  [{ email: 'a@b.org', name: 'J "X" \\' }, '"J \\"X\\" \\\\" <a@b.org>'],
  [{ email: 'a@b.org', name: 'J\r\nBcc: x@y.org' }, '"J Bcc: x@y.org" <a@b.org>'],
])('writes %j as one mailbox', (address, expected) => {
  expect(mailbox(address)).toBe(expected);
});

it('keeps every text on its line', () => {
  expect(oneLine('Hello\r\nBcc: x@y.org\u2028!')).toBe('Hello Bcc: x@y.org !');
  expect(cleanHeaders({ 'X-A': 'one\r\nX-B: two', 'bad name': 'x', 'X\r\nY': 'x' })).toEqual([['X-A', 'one X-B: two']]);
});

const mail: OutgoingMail = {
  customId: 'action:1',
  deliveryId: 1,
  purpose: 'p',
  from: { email: 'a@b.org' },
  to: { email: 'c@d.org' },
  subject: 's',
  html: null,
  text: 'x',
};

it.each<[Partial<OutgoingMail>, string | null]>([
  [{}, null],
  [{ from: { email: '"SRS0=a=b=c.org=x y"@d.org' } }, null],
  [{ to: { email: 'ünï@exämple.org' } }, null],
  [{ to: { email: 'a@b@c.org' } }, 'invalid recipient address'],
  [{ to: { email: 'a b@c.org' } }, 'invalid recipient address'],
  [{ to: { email: 'a@b.org\r\nBcc: x@y.org' } }, 'invalid recipient address'],
  [{ to: { email: 'a@b.org,c@d.org' } }, 'invalid recipient address'],
  [{ from: { email: 'nobody' } }, 'invalid sender address'],
  [{ replyTo: 'nobody' }, 'invalid reply-to address'],
  [{ cc: ['a@b.org', ''] }, 'invalid cc address'],
  [{ text: null }, 'mail without content'],
])('%j: %p', (changes, error) => {
  expect(refuseFaulty({ ...mail, ...changes })).toEqual(error === null ? null : expect.objectContaining({ error }));
});
