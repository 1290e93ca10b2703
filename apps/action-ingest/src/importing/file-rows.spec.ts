import { importLimits, type ImportSettingsV1 } from '@groundswell/contracts';
import { csvRows, type CsvColumns } from './csv-rows';
import { inSlices } from './file-slices';
import { jsonRows } from './json-rows';
import type { FileRow } from './uploaded-row';

const settings = (changes: Partial<ImportSettingsV1> = {}): ImportSettingsV1 => ({
  delimiter: ',',
  mapping: [],
  defaults: [],
  privacy: { optIn: null, leadOptIn: null },
  sendsMails: false,
  testing: false,
  ...changes,
});

async function* pieces(file: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < file.length; from += size) yield file.subarray(from, from + size);
}

interface Reading {
  size?: number;
  offset?: number;
  rows?: number;
  columns?: CsvColumns | null;
  with?: Partial<ImportSettingsV1>;
}

async function read(format: 'csv' | 'json', text: string | Buffer, reading: Reading = {}) {
  const { size = 7, offset = 0, rows = 0, columns = null } = reading;
  const source = pieces(Buffer.from(text).subarray(offset), size);
  const read: FileRow[] = [];
  let header = columns;
  const found =
    format === 'csv'
      ? csvRows(source, settings(reading.with), { offset, rows, columns }, (noted) => (header = noted))
      : jsonRows(source, settings(reading.with), { offset, rows });
  let fault: string | null = null;
  try {
    for await (const row of found) read.push(row);
  } catch (error) {
    fault = (error as Error).message;
  }
  return { rows: read, fault, header };
}

const contents = (rows: FileRow[]) =>
  rows.map(({ number, content }) =>
    'fields' in content
      ? { number, ...Object.fromEntries(content.fields) }
      : { number, refused: content.problems.map(({ field, reason }) => `${field ?? ''}: ${reason}`) },
  );

const csv = [
  '\uFEFFemail,firstName,customFields.note',
  'a@x.org,Ana,"two\r\nlines, ""quoted"""',
  '',
  'b@x.org,Bó,',
  'c@x.org,Cy',
  'd@x.org,"un"closed,5" pipe',
  ',,',
  'e@x.org,Éa,ok',
].join('\r\n');
const json = [
  '[{"contact": {"email": "a@x.org", "firstName": "Ána"}, "action": {"customFields": {"n": [1, 2]}}},',
  ' {"email": "b@x.org", "privacy": {"optIn": true}, "donation.payload": {"a": {"b": "}{\\""}}}',
  'nonsense, {"email": "lost"}',
  '{"email": "c@x.',
  '{"email": "d@x.org", "surname": "?", "email": "e@x.org"}]',
].join('\n');

describe('rows of a file', () => {
  it('of CSV are its records, those that do not fit the header refused', async () => {
    const { rows, fault, header } = await read('csv', csv);
    expect(header).toEqual(['email', 'firstName', 'customFields.note']);
    expect(contents(rows)).toEqual([
      { number: 1, email: 'a@x.org', firstName: 'Ana', 'customFields.note': 'two\r\nlines, "quoted"' },
      { number: 2, email: 'b@x.org', firstName: 'Bó' },
      { number: 3, refused: [': has 2 columns, the header has 3'] },
      { number: 4, email: 'd@x.org', firstName: '"un"closed', 'customFields.note': '5" pipe' },
      { number: 5, refused: [': is empty'] },
      { number: 6, email: 'e@x.org', firstName: 'Éa', 'customFields.note': 'ok' },
    ]);
    expect(fault).toBeNull();
  });

  it('of JSON are its objects, in lines or an array; what is none spoils no other', async () => {
    const { rows } = await read('json', json);
    expect(contents(rows)).toEqual([
      { number: 1, email: 'a@x.org', firstName: 'Ána', 'customFields.n': [1, 2] },
      { number: 2, email: 'b@x.org', optIn: true, 'donation.payload': { a: { b: '}{"' } } },
      { number: 3, refused: [': is no JSON object'] },
      { number: 4, refused: [': is no JSON object'] },
      { number: 5, refused: ['surname: is not known'] },
    ]);
  });

  it.each([
    ['csv', csv],
    ['json', json],
  ] as const)('of %s are the same in pieces of any size, and from any row on', async (format, text) => {
    const whole = await read(format, text, { size: 100_000 });
    for (const size of [1, 2, 3, 11, 64]) expect(await read(format, text, { size })).toEqual(whole);
    for (const { end, number } of whole.rows) {
      const rest = await read(format, text, { offset: end, rows: number, columns: whole.header });
      expect(rest.rows).toEqual(whole.rows.slice(number));
    }
  });

  it.each([
    [
      'a column nobody knows, told by number',
      'email,Anna\nx,y',
      {},
      'column 2 is not known: map it, or map it to null',
    ],
    [
      'two columns for one field',
      'E-Mail,email\nx,y',
      { mapping: [{ column: 'E-Mail', field: 'email' }] },
      'column 2 is for a field that another column is for',
    ],
    [
      'a mapped column that is not there',
      'email\nx',
      { mapping: [{ column: 'Name', field: 'name' }] },
      'there is no column for number 1 of the mapping',
    ],
    ['nothing at all', '', {}, 'has no header'],
    [
      'a quote that is never closed',
      `email\nfine@x.org\n"open@x.org\n${'x'.repeat(importLimits.rowBytes)}`,
      {},
      `a row is larger than ${importLimits.rowBytes} bytes; is a quote not closed?`,
    ],
    ['a quote open at the end', 'email\nfine@x.org\n"open', {}, 'a quote is not closed'],
    [
      'too many columns',
      `${'a,'.repeat(importLimits.columns)}a\n`,
      {},
      `has more than ${importLimits.columns} columns`,
    ],
  ])('end at %s', async (_what, text, changes, reason) => {
    const { fault, rows } = await read('csv', text, { with: changes, size: 1_000 });
    expect(fault).toBe(reason);
    expect(rows.map(({ number }) => number)).toEqual(text.includes('fine') ? [1] : []);
  });

  it('take other names of columns, leave columns out, and read other delimiters', async () => {
    const mapping = [
      { column: 'E-Mail', field: 'email' },
      { column: 'Notiz', field: null },
    ];
    const { rows } = await read('csv', 'E-Mail;Notiz;contact.firstName\na@x.org;secret;Ana', {
      with: { delimiter: ';', mapping },
    });
    expect(contents(rows)).toEqual([{ number: 1, email: 'a@x.org', firstName: 'Ana' }]);
    const lines = await read('json', '{"E-Mail": "a@x.org", "Notiz": {"a": 1}}', { with: { mapping } });
    expect(contents(lines.rows)).toEqual([{ number: 1, email: 'a@x.org' }]);
  });

  it('of JSON may have nulls where nothing is said', async () => {
    const { rows } = await read(
      'json',
      '{"contact": {"email": "a@x.org", "address": null}, "action": {"mtt": null}, "tracking": null}',
    );
    expect(contents(rows)).toEqual([{ number: 1, email: 'a@x.org' }]);
  });

  it('of JSON are refused when they are too large, cut off, or deeper than fields lie', async () => {
    const large = `{"email": "${'x'.repeat(importLimits.rowBytes)}"}\n{"email": "b@x.org"}\n`;
    const deep = `${'{"a":'.repeat(50)}1${'}'.repeat(50)}\n`;
    const endless = [`{"customFields.a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`];
    endless.push(`{"donation.payload":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}\n`);
    const { rows } = await read('json', `${large}${deep}${endless.join()}{"email": "c@x.`, { size: 4_096 });
    expect(contents(rows)).toEqual([
      { number: 1, refused: [`: is larger than ${importLimits.rowBytes} bytes`] },
      { number: 2, email: 'b@x.org' },
      { number: 3, refused: ['a.a.a: is not known'] },
      { number: 4, refused: [': is nested too deeply'] },
      { number: 5, refused: [': is nested too deeply'] },
      { number: 6, refused: [': is no JSON object'] },
    ]);
  });

  it('of JSON end where the rest of the file is swallowed by something that is no row, or never closed', async () => {
    const others = Array.from({ length: 5_000 }, (_, n) => `{"email": "p${n}@x.org"}`).join();
    for (const cause of ['null', '{"email": "p@x.org}']) {
      const { rows, fault } = await read('json', `[{"email": "a@x.org"}, ${cause}, ${others}]`, { size: 4_096 });
      expect(fault).toBe('an object is not closed, or the file is no JSON');
      expect(contents(rows)).toEqual([{ number: 1, email: 'a@x.org' }]);
    }
  });

  it('are taken from small slices of a file, and others have their turn in between', async () => {
    const file = Buffer.from(Array.from({ length: 50_000 }, (_, n) => `${n}`).join());
    const sizes: number[] = [];
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const got: Buffer[] = [];
    for await (const slice of inSlices(pieces(file, 200_000))) {
      sizes.push(slice.length);
      got.push(slice);
      const until = performance.now() + 2;
      while (performance.now() < until);
    }
    clearInterval(timer);
    expect(Buffer.concat(got).equals(file)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
    expect(turns).toBeGreaterThanOrEqual(sizes.length - 1);
  });
});
