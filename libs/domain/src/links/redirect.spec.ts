import { confirmRedirect, doiRedirect, localRedirect, parseDoi } from './redirect';
import { strippedWebUrl } from './web-url';

const anyHost = (): boolean => true;
const ngoOnly = (hostname: string): boolean => hostname === 'ngo.org';

describe('web URL', () => {
  it.each([
    ['https://ngo.org/', 'https://ngo.org/'],
    ['http://ngo.org:8080/a/b?x=1#y', 'http://ngo.org:8080/a/b'],
    ['wss://ngo.org/socket', 'wss://ngo.org/socket'],
    ['HTTPS://ngo.org/a', 'HTTPS://ngo.org/a'],
    ['https://user:pa@ss@ngo.org/a', 'https://ngo.org/a'],
    ['https://[::1]:4000/a', 'https://[::1]:4000/a'],
    ['https://ngo.org', null],
    ['https://ngo.org?x=/', null],
    ['https:///path', null],
    ['https://user@/path', null],
    ['ftp://ngo.org/', null],
    ['javascript:alert(1)', null],
    ['//ngo.org/', null],
    ['/path', null],
    ['https://ngo.org/a b', null],
    [' https://ngo.org/', null],
    ['https://ngo.org/a\n', null],
    ['', null],
  ])('%j is stripped to %j', (text, expected) => {
    expect(strippedWebUrl(text)).toBe(expected);
  });
});

describe('doi parameter', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['no', false],
  ])('%s is %s', (text, isOptIn) => {
    expect(parseDoi(text)).toEqual({ ok: true, doi: text, isOptIn });
  });

  it.each([[null], [undefined], ['']])('%j is not given', (text) => {
    expect(parseDoi(text)).toEqual({ ok: true, doi: null, isOptIn: false });
  });

  it.each([['maybe'], ['2'], ['TRUE']])('%s makes the link malformed', (text) => {
    expect(parseDoi(text)).toEqual({ ok: false });
  });
});

describe('confirm redirect', () => {
  it.each([
    ['https://ngo.org/thanks', 'accept', null, 'https://ngo.org/thanks?proca_confirm=accept'],
    ['https://ngo.org/thanks', 'reject', '0', 'https://ngo.org/thanks?proca_confirm=reject&proca_doi=0'],
    [
      'https://ngo.org/?a=1&b=2#top',
      'accept',
      'yes',
      'https://ngo.org/?proca_confirm=accept&proca_doi=yes&a=1&b=2#top',
    ],
    ['https://ngo.org/?', 'accept', '1', 'https://ngo.org/?proca_confirm=accept&proca_doi=1'],
    ['https://user:pw@ngo.org/a', 'accept', null, 'https://ngo.org/a?proca_confirm=accept'],
    ['https://ngo.org/merci-été', 'accept', null, 'https://ngo.org/merci-%C3%A9t%C3%A9?proca_confirm=accept'],
  ] as const)('of %s after %s, doi %s', (redir, verb, doi, url) => {
    expect(confirmRedirect(redir, { verb, doi }, anyHost)).toEqual({ kind: 'redirect', url });
  });

  it.each([[null], [undefined], ['']])('does not happen without redir: %j', (redir) => {
    expect(confirmRedirect(redir, { verb: 'accept', doi: '1' }, anyHost)).toEqual({ kind: 'none' });
  });

  it.each([
    ['https://ngo.org'],
    ['/local'],
    ['javascript:alert(1)'],
    ['https://evil.org/'],
    ['https://ngo.org@evil.org/'],
    ['https://evil.org\\@ngo.org/'],
    ['https://ngo.org:99999/'],
  ])('refuses a bad or foreign URL: %s', (redir) => {
    expect(confirmRedirect(redir, { verb: 'accept', doi: null }, ngoOnly)).toEqual({ kind: 'bad_redirect' });
  });
});

describe('double opt-in redirect', () => {
  it.each([
    ['https://ngo.org/a?x=1', 'https://page.org/b', 'https://ngo.org/a?proca_doi=1&x=1'],
    ['https://evil.org/a', 'https://page.org/b', 'https://page.org/b?proca_doi=1'],
    [null, 'https://page.org/b', 'https://page.org/b?proca_doi=1'],
    [null, 'https://page.org/b?x=1', 'https://page.org/b?proca_doi=1&x=1'],
    [null, null, '/'],
    ['bad', '', '/'],
  ])('of redir %s and last location %s is %s', (redir, lastLocation, expected) => {
    expect(doiRedirect(redir, lastLocation, ngoOnly)).toBe(expected);
  });
});

describe('local redirect', () => {
  it.each([
    ['/console/pages?id=1', '/console/pages?id=1'],
    ['/', '/'],
    [null, '/'],
    ['', '/'],
    ['//evil.org', '/'],
    ['/\\evil.org', '/'],
    ['https://evil.org/', '/'],
    ['/a\r\nSet-Cookie: x', '/'],
    ['console', '/'],
  ])('%j leads to %s', (redir, expected) => {
    expect(localRedirect(redir)).toBe(expected);
  });
});
