import { SecretEnvelope, uuidV7 } from '@groundswell/crypto';
import { attachableMs, AttachmentTokens } from './attachment-tokens';

const envelopeOf = (byte: number) => SecretEnvelope.fromText(Buffer.alloc(32, byte).toString('base64url'));
const tokens = new AttachmentTokens(envelopeOf(1));
const now = new Date();
const attachment = { objectId: uuidV7(now.getTime()), name: 'Ärger "1".jpg', type: 'image/jpeg', size: 7 };
const token = tokens.seal(5, attachment);

it('reads what it wrote, for the page it was made for, until the file is too old', () => {
  expect(tokens.open(token, 5, now)).toEqual(attachment);
  expect(tokens.open(token, 6, now)).toBeNull();
  expect(tokens.open(token, 5, new Date(now.getTime() + attachableMs - 1))).toEqual(attachment);
  expect(tokens.open(token, 5, new Date(now.getTime() + attachableMs))).toBeNull();
});

it.each([
  ['nothing', ''],
  ['another text', 'quarantine/1'],
  ['a changed one', `${token.slice(0, -2)}AA`],
  ['one with another mac', `AAAA${token.slice(4)}`],
  ['one of another installation', new AttachmentTokens(envelopeOf(2)).seal(5, attachment)],
  ['a long one', 'A'.repeat(3_000)],
])('takes %s for none', (_what, text) => {
  expect(tokens.open(text, 5, now)).toBeNull();
});

it('stays short enough for the longest name', () => {
  const longest = { ...attachment, name: '語'.repeat(255), size: 25 * 1024 * 1024 };
  expect(tokens.open(tokens.seal(2 ** 31 - 1, longest), 2 ** 31 - 1, now)).toEqual(longest);
});
