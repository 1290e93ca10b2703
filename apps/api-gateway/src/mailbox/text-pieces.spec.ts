import { textPieces } from './text-pieces';

const linksOf = (text: string) => textPieces(text).flatMap(({ href }) => href ?? []);

it.each([
  ['https://a.org/x?y=1&z=%20#q', ['https://a.org/x?y=1&z=%20#q']],
  ['Go to https://a.org/x, or (http://b.org).', ['https://a.org/x', 'http://b.org']],
  ['<https://a.org/x>', ['https://a.org/x']],
  ['"https://a.org/x" onclick=', ['https://a.org/x']],
  ['javascript:alert(1) data:text/html,x ftp://a.org', []],
  ['', []],
])('finds the links of %s', (text, links) => {
  expect(linksOf(text)).toEqual(links);
});

it('loses nothing', () => {
  const text = 'One https://a.org, two\r\nhttp://b.org\n\n<http://c.org>. ';
  expect(
    textPieces(text)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});
