import { attachmentTypes } from './attachment-type';
import { cleanFileName, fileNameOfType } from './file-name';

it.each([
  ['photo.jpg', 'photo.jpg'],
  ['C:\\Users\\harald\\photo 1.jpg', 'photo 1.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['a\u0000b\r\nc.pdf', 'abc.pdf'],
  ['evil\u202egpj.exe', 'evilgpj.exe'],
  ['Ärger\t\tüber.png', 'Ärgerüber.png'],
  ['  x  y.png ', 'x y.png'],
  ['..', null],
  ['a/', null],
  ['', null],
])('cleans %j to %j', (name, cleaned) => {
  expect(cleanFileName(name)).toBe(cleaned);
});

it.each([
  ['photo.JPG', 'image/jpeg', 'photo.JPG'],
  ['voice.bat', 'audio/mpeg', 'voice.bat.mp3'],
  ['letter.pdf.html', 'application/pdf', 'letter.pdf.html.pdf'],
  ['jpg', 'image/jpeg', 'jpg.jpg'],
  ['x.', 'image/png', 'x..png'],
  ['x.exe', 'constructor', 'x.exe.bin'],
])('saves %j of %s as %j', (name, type, saved) => expect(fileNameOfType(name, type)).toBe(saved));

it('knows an ending for every type', () => {
  for (const type of attachmentTypes) expect(fileNameOfType('a.exe', type)).not.toMatch(/(exe|bin)$/);
});
