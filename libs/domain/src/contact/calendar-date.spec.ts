import { calendarDateOf, isOldEnough, parseCalendarDate } from './calendar-date';
import { isValidEgn } from './egn';
import { findItalianRegion } from './italian-region';

describe('calendar date', () => {
  it.each([
    ['1983-01-01', 19830101],
    ['2024-02-29', 20240229],
    ['2000-02-29', 20000229],
    ['2023-02-29', null],
    ['1900-02-29', null],
    ['2023-04-31', null],
    ['2023-13-01', null],
    ['2023-00-10', null],
    ['2023-01-00', null],
    ['23-01-01', null],
    ['2023-1-1', null],
    ['2023-01-01\n', null],
    ['2023-01-01T00:00:00Z', null],
  ])('%j is %s', (text, expected) => {
    expect(parseCalendarDate(text)).toBe(expected);
  });

  it('of an instant is the day in UTC', () => {
    expect(calendarDateOf(new Date('2024-12-31T23:30:00-02:00'))).toBe(20250101);
  });

  it.each([
    ['2006-06-15', '2024-06-14', false],
    ['2006-06-15', '2024-06-15', true],
    ['2004-02-29', '2022-02-28', false],
    ['2004-02-29', '2022-03-01', true],
  ])('born %s, of age on %s: %s', (born, today, expected) => {
    expect(isOldEnough(parseCalendarDate(born) ?? 0, parseCalendarDate(today) ?? 0, 18)).toBe(expected);
  });
});

describe('Bulgarian personal number', () => {
  it.each([
    ['0701270855', true],
    ['0948220092', true],
    ['9926177023', true],
    ['0802290844', true],
    ['0701270845', false],
    ['0775270849', false],
    ['0702290849', false],
    ['3043290844', false],
    ['070127085', false],
    ['07012708555', false],
    ['07012708a5', false],
    ['0701270855\n', false],
  ])('%j: %s', (egn, expected) => {
    expect(isValidEgn(egn, 20240615)).toBe(expected);
  });

  it.each([
    [20090821, false],
    [20090822, false],
    [20090823, true],
  ])('of someone born on 2009-08-22 is valid on %i: %s', (today, expected) => {
    expect(isValidEgn('0948220092', today)).toBe(expected);
  });
});

describe('Italian region', () => {
  const regions: [string, string][] = [
    ['Lazio', '00 01 02 03 04'],
    ['Umbria', '05 06'],
    ['Sardinia', '07 08 09'],
    ['Piedmont', '10 12 13 14 15 28'],
    ['Aosta Valley', '11'],
    ['Liguria', '16 17 18 19'],
    ['Lombardy', '20 21 22 23 24 25 26 27 46'],
    ['Emilia-Romagna', '29 40 41 42 43 44 47 48'],
    ['Veneto', '30 31 32 35 36 37 45'],
    ['Friuli-Venezia Giulia', '33 34'],
    ['Trentino-Alto Adige/Südtirol', '38 39'],
    ['Tuscany', '50 51 52 53 54 55 56 57 58 59'],
    ['Marche', '60 61 62 63'],
    ['Abruzzo', '64 65 66 67'],
    ['Apulia', '70 71 72 73 74 76'],
    ['Basilicata', '75 85'],
    ['Campania', '80 81 82 83 84'],
    ['Molise', '86'],
    ['Calabria', '87 88 89'],
    ['Sicily', '90 91 92 93 94 95 96 97 98'],
  ];

  it.each(regions)('%s has the postcodes %s', (region, prefixes) => {
    for (const prefix of prefixes.split(' ')) expect(findItalianRegion(`${prefix}123`)).toBe(region);
  });

  it.each([['49100'], ['68000'], ['69000'], ['77000'], ['78000'], ['79000'], ['99999'], ['x'], ['']])(
    'is unknown for %j',
    (postcode) => {
      expect(findItalianRegion(postcode)).toBeNull();
    },
  );
});
