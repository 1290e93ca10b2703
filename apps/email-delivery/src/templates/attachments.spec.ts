import { attachmentsOf, fileNames } from './attachments';

const file = (path: string) => ({ path, content: Buffer.from(path) });

it('images are inline by their place among the files, others are attached', () => {
  const files = ['bucket/a/photo.JPG', 'bucket/leaflet.pdf', 'logo.svg', 'notes', 'x.constructor'].map(file);
  expect(attachmentsOf(files).map(({ name, type, contentId }) => [name, type, contentId])).toEqual([
    ['photo.JPG', 'image/jpeg', 'file1'],
    ['leaflet.pdf', 'application/pdf', undefined],
    ['logo.svg', 'image/svg+xml', 'file3'],
    ['notes', 'application/octet-stream', undefined],
    ['x.constructor', 'application/octet-stream', undefined],
  ]);
  expect(attachmentsOf(files)[1]?.content.toString()).toBe('bucket/leaflet.pdf');
});

it.each([
  ['a/b/c.png', 'c.png'],
  ['..\\..\\c.png', 'c.png'],
  ['bucket/', 'file1'],
  ['', 'file1'],
  ['a/Über uns.png', 'Über uns.png'],
  ['a/x\r\nBcc: y.png', 'xBcc: y.png'],
])('the name of %j is %s', (path, expected) => {
  expect(fileNames([path])).toEqual([expected]);
  expect(attachmentsOf([file(path)])[0]?.name).toBe(expected);
});
