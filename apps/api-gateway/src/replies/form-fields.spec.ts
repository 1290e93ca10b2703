import { FormFields } from './form-fields';

const type = 'multipart/form-data; boundary="b 1"';
const part = (head: string, body: string): string =>
  `--b 1\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const form = [
  part('name="subject"', 'Re: Bees'),
  part('name="attachment-1"; filename="a.pdf"\r\ncontent-type: application/pdf', `\r\n--b\r\n${'x'.repeat(5_000)}`),
  part('name="empty"', ''),
  part('name="attachment-2"; filename=""', ''),
  part('name="body-plain"', 'Thank you.\r\n--b 2\r\n'),
  '--b 1--\r\n',
].join('');

const fieldsOf = async (bytes: Buffer): Promise<[string, unknown][]> => [
  ...(await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()),
];

it.each([1, 7, 100, 100_000])(
  'a form that comes in chunks of %i bytes keeps its fields and loses its files',
  async (size) => {
    const fields = new FormFields(type);
    const bytes = Buffer.from(form);
    const kept: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) kept.push(fields.take(bytes.subarray(at, at + size)));
    expect(Buffer.concat(kept).length).toBeLessThan(500);
    expect(await fieldsOf(Buffer.concat(kept))).toEqual([
      ['subject', 'Re: Bees'],
      ['empty', ''],
      ['body-plain', 'Thank you.\r\n--b 2\r\n'],
    ]);
  },
);

it.each([
  ['without a boundary', 'multipart/form-data', ''],
  ['with a head that does not end', type, `--b 1\r\n${'x'.repeat(10_000)}`],
])('a form %s is refused', (_what, contentType, body) => {
  expect(() => new FormFields(contentType).take(Buffer.from(body))).toThrow('malformed form');
});
