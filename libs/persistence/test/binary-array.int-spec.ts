import { Client } from 'pg';
import {
  boolArray,
  byteaArray,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
} from '../src/binary-array';

describe('binary arrays', () => {
  let client: Client;

  beforeAll(async () => {
    client = new Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await client.connect();
  });
  afterAll(() => client.end());

  const times = [new Date('2026-11-20T10:00:00.123Z'), null, new Date('1969-07-20T20:17:40.000Z')];
  const cases: [type: string, encoded: Buffer, expected: unknown[]][] = [
    ['bigint', int8Array([1, null, -5, 9_007_199_254_740_991]), ['1', null, '-5', '9007199254740991']],
    ['int', int4Array([0, null, -2_147_483_648]), [0, null, -2_147_483_648]],
    ['smallint', int2Array([4, null, -1]), [4, null, -1]],
    ['boolean', boolArray([true, null, false]), [true, null, false]],
    ['text', textArray(['', null, 'a"b\\c{},NULL', 'żółć 🐟']), ['', null, 'a"b\\c{},NULL', 'żółć 🐟']],
    [
      'bytea',
      byteaArray([Buffer.from([0, 255]), null, Buffer.alloc(0)]),
      [Buffer.from([0, 255]), null, Buffer.alloc(0)],
    ],
    ['timestamptz', timestamptzArray(times), times],
    ['text', textArray([]), []],
  ];

  it.each(cases)('of %s arrive as they were given', async (type, encoded, expected) => {
    // As text: what a bigint becomes is a setting of pg that all who use it share.
    const value = type === 'bigint' ? 'value::text' : 'value';
    const { rows } = await client.query(`select ${value} from unnest($1::${type}[]) as value`, [encoded]);
    expect(rows.map(({ value }) => value)).toEqual(expected);
  });
});
