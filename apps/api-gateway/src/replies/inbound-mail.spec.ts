import { Readable } from 'node:stream';
import { maxReplyMimeBytes } from '@groundswell/contracts';
import { maxFormBytes, maxInboundBytes, readInbound } from './inbound-mail';

const mail = 'message/rfc822';
const longestMs = 60_000;
const chunks = (count: number, size: number): Readable =>
  Readable.from(Array.from({ length: count }, () => Buffer.alloc(size, 'x')));

it('the beginning of a mail is kept, in however small pieces it comes', async () => {
  expect((await readInbound(mail, chunks(100_000, 1), longestMs)).bytes).toEqual(Buffer.alloc(maxReplyMimeBytes, 'x'));
  expect((await readInbound(mail, chunks(3, 1), longestMs)).bytes.toString()).toBe('xxx');
});

it.each([
  [mail, maxInboundBytes],
  ['application/x-www-form-urlencoded', maxFormBytes],
  ['multipart/form-data; boundary=b', maxFormBytes],
])('%s of more than %i bytes is refused', async (type, most) => {
  const size = 64 * 1024;
  await expect(readInbound(type, chunks(most / size + 1, size), longestMs)).rejects.toMatchObject({ status: 413 });
});

it('what does not come to its end is given up', async () => {
  const endless = new Readable({ read: () => undefined });
  endless.push('Subject: x');
  await expect(readInbound(mail, endless, 20)).rejects.toMatchObject({ status: 400, reason: 'too slow' });
  expect(endless.destroyed).toBe(true);
});
