import { trackingSource } from './tracking-source';

const unknown = { source: 'unknown', medium: 'unknown', campaign: 'unknown', content: '', location: '' };

describe('tracking source', () => {
  it.each([
    [null, null],
    [undefined, undefined],
    [null, ''],
  ])('is none without tracking and referer: %j %j', (input, referer) => {
    expect(trackingSource(input, referer)).toBeNull();
  });

  it('takes null and empty values as not given', () => {
    expect(trackingSource({ source: null, medium: '', campaign: null, content: null, location: null }, null)).toEqual(
      unknown,
    );
    expect(trackingSource({}, null)).toEqual(unknown);
  });

  it('keeps what is given', () => {
    const input = { source: 'newsletter', medium: 'email', campaign: 'spring', content: 'button' };
    expect(trackingSource(input, null)).toEqual({ ...input, location: '' });
  });

  it('cuts values to 255 characters without breaking one', () => {
    const source = trackingSource({ source: '😀'.repeat(300), content: 'a'.repeat(300) }, null);
    expect(source?.source).toBe('😀'.repeat(255));
    expect(source?.content).toBe('a'.repeat(255));
  });

  it('drops characters the database refuses', () => {
    expect(trackingSource({ source: 'a\0b\ud800c', medium: '\0' }, null)).toEqual({ ...unknown, source: 'abc' });
  });

  const referer = 'https://ngo.org/petition?utm=1#top';
  it.each([
    ['no location', undefined, referer, 'https://ngo.org/petition'],
    ['null location', null, referer, 'https://ngo.org/petition'],
    ['location on the page', 'https://ngo.org/petition/step?x=1', referer, 'https://ngo.org/petition/step'],
    ['location elsewhere', 'https://other.org/petition', referer, 'https://ngo.org/petition'],
    ['malformed location', 'ht!tp:/ngo', referer, 'https://ngo.org/petition'],
    ['location without path', 'https://ngo.org', 'https://ngo.org/', 'https://ngo.org/'],
    ['referer of the origin only', 'https://ngo.org/a/b#c', 'https://ngo.org/', 'https://ngo.org/a/b'],
    ['credentials', 'https://u:p@ngo.org/a', 'https://u:p@ngo.org/', 'https://ngo.org/a'],
    ['location but no referer', 'https://ngo.org/a', null, ''],
    ['malformed referer', 'https://ngo.org/a', 'not a url', ''],
    ['referer without path', 'https://ngo.org/a', 'https://ngo.org', ''],
    ['referer of another scheme', 'https://ngo.org/a', 'android-app://com.x/', ''],
    ['websocket referer', null, 'wss://ngo.org/socket?x', 'wss://ngo.org/socket'],
    ['long referer', null, `https://ngo.org/${'a'.repeat(300)}`, `https://ngo.org/${'a'.repeat(239)}`],
  ])('location: %s', (_name, location, seen, expected) => {
    expect(trackingSource({ location }, seen)).toEqual({ ...unknown, location: expected });
  });

  it('Fix: made from a referer alone, it is stored without query string and fragment', () => {
    expect(trackingSource(null, referer)).toEqual({ ...unknown, location: 'https://ngo.org/petition' });
    expect(trackingSource(null, 'nonsense')).toEqual(unknown);
  });
});
