import { checkAccountEmail, checkJobTitle, checkPhone, checkPictureUrl } from './user-details';

const tooLong = (length: number) => `should be at most ${length} character(s)`;

it.each([
  ['anna@example.org', null],
  ['anna+x@localhost', null],
  ['', "can't be blank"],
  ['anna', 'has invalid format'],
  ['anna @example.org', 'has invalid format'],
  [`${'a'.repeat(160)}@x`, tooLong(160)],
])('email %s', (email, problem) => expect(checkAccountEmail(email)).toBe(problem));

it.each([
  ['Campaign lead', null],
  ["Dir. d'études", null],
  ['<b>boss</b>', 'has invalid format'],
  ['a'.repeat(256), tooLong(255)],
])('job title %s', (title, problem) => expect(checkJobTitle(title)).toBe(problem));

it.each([
  ['+48 (22) 123-45', null],
  ['call me', 'has invalid format'],
  ['1'.repeat(21), tooLong(20)],
])('phone %s', (phone, problem) => expect(checkPhone(phone)).toBe(problem));

it.each([
  ['https://example.org/me.png', null],
  ['http://example.org/a/ME.JPEG?size=2', null],
  ['wss://example.org/me.webp', null],
  ['https://example.org/me.html', 'URL is invalid'],
  ['https://example.org/?file=me.png', 'URL is invalid'],
  ['https://me.png', 'URL is invalid'],
  ['javascript:alert(1)//.png', 'URL is invalid'],
  ['me.png', 'URL is invalid'],
  [`https://example.org/${'a'.repeat(250)}.png`, tooLong(255)],
])('picture %s', (url, problem) => expect(checkPictureUrl(url)).toBe(problem));
