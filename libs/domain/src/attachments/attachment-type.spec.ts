import { attachmentTypes, readAttachmentType, sniffAttachmentType } from './attachment-type';

const bytes = (text: string): Uint8Array => Uint8Array.from([...text].map((char) => char.charCodeAt(0)));

it.each([
  ['image/jpeg', 'image/jpeg'],
  [' IMAGE/JPG ', 'image/jpeg'],
  ['audio/webm;codecs=opus', 'audio/webm'],
  ['audio/x-m4a', 'audio/mp4'],
  ['text/html', null],
  ['image/svg+xml', null],
  ['constructor', null],
  ['', null],
])('reads %s as %s', (text, type) => {
  expect(readAttachmentType(text)).toBe(type);
});

it.each([
  ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n\0', 'image/png'],
  ['GIF89a', 'image/gif'],
  ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
  ['RIFF\x10\0\0\0WAVEfmt ', 'audio/wav'],
  ['OggS\0', 'audio/ogg'],
  ['fLaC\0', 'audio/flac'],
  ['\x1a\x45\xdf\xa3\x01', 'audio/webm'],
  ['\0\0\0\x20ftypM4A \0', 'audio/mp4'],
  ['ID3\x04', 'audio/mpeg'],
  ['\xff\xfb\x90\x64', 'audio/mpeg'],
  ['%PDF-1.7', 'application/pdf'],
  ['<html>', null],
  ['MZ\x90', null],
  ['\0\0\0\x20ftypheic', null],
  ['\xff\xff\xff\xff', null],
  ['\xff\xf1\x50\x80', null],
  ['', null],
])('takes %j for %s', (text, type) => {
  expect(sniffAttachmentType(bytes(text))).toBe(type);
});

it('knows every type by its beginning', () => {
  expect(attachmentTypes.length).toBe(11);
});
