import type { z } from 'zod';
import { commaList, flag, integer, logLevel, milliseconds, noteOf, port, secret, url } from './fields';

const read = (field: z.ZodType, text: string | undefined): unknown => {
  const result = field.safeParse(text);
  return result.success ? result.data : 'refused';
};

it.each([
  ['12', 12],
  [' 12 ', 12],
  ['-3', -3],
  ['12.5', 'refused'],
  ['1e3', 'refused'],
  ['0x10', 'refused'],
  ['12 days', 'refused'],
  ['', 'refused'],
  ['101', 'refused'],
  ['99999999999999999999', 'refused'],
])('reads the integer %j as %j', (text, value) => expect(read(integer({ min: -5, max: 100 }), text)).toBe(value));

it('falls back to a default only when nothing is given', () => {
  expect(read(integer({ default: 5 }), undefined)).toBe(5);
  expect(read(integer({ default: 5 }), 'five')).toBe('refused');
  expect(read(integer(), undefined)).toBe('refused');
  expect(read(integer().optional(), undefined)).toBeUndefined();
});

it.each([
  ['4000', 4000],
  ['0', 'refused'],
  ['65536', 'refused'],
])('reads the port %j as %j', (text, value) => expect(read(port(4000), text)).toBe(value));

it('allows port 0 where any free port is the default', () => {
  expect(read(port(0), '0')).toBe(0);
  expect(read(port(0), undefined)).toBe(0);
});

it('refuses a duration no timer can wait', () => {
  expect(read(milliseconds(5000), undefined)).toBe(5000);
  expect(read(milliseconds(5000), '2147483647')).toBe(2_147_483_647);
  expect(read(milliseconds(5000), '2147483648')).toBe('refused');
  expect(read(milliseconds(5000), '-1')).toBe('refused');
});

it.each([
  ['true', true],
  ['YES', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['maybe', 'refused'],
])('reads the flag %j as %j', (text, value) => expect(read(flag(), text)).toBe(value));

it('keeps a default of false', () => expect(read(flag(false), undefined)).toBe(false));

it.each([
  ['amqp://user:pass@host:5672/vhost', 'amqp://user:pass@host:5672/vhost'],
  ['amqps://host', 'amqps://host'],
  ['http://host', 'refused'],
  ['host:5672', 'refused'],
])('reads the URL %j as %j', (text, value) => expect(read(url(['amqp', 'amqps']), text)).toBe(value));

it('splits a list and leaves empty items out', () => {
  expect(read(commaList(), ' a, b ,,c,')).toEqual(['a', 'b', 'c']);
  expect(read(commaList(['*']), undefined)).toEqual(['*']);
});

it('knows the log levels', () => {
  expect(read(logLevel(), undefined)).toBe('info');
  expect(read(logLevel(), 'debug')).toBe('debug');
  expect(read(logLevel(), 'loud')).toBe('refused');
});

it('remembers what is secret through every wrapping', () => {
  const wrapped = [
    secret().optional(),
    secret().min(8),
    secret().default('x'),
    secret().describe('the key'),
    secret()
      .refine((text) => text !== 'a')
      .transform((text) => text.length)
      .nullable(),
  ];
  for (const field of wrapped) expect(noteOf(field).secret).toBe(true);
  expect(noteOf(port(1)).secret).toBeUndefined();
});

it.each([
  [milliseconds(1), 'a whole number of milliseconds, 0 to 2147483647'],
  [integer({ min: 1, unit: 'days' }), 'a whole number of days, 1 or more'],
  [port(80), 'a port number, 1 to 65535'],
  [url(['amqp', 'amqps']), 'a URL starting with amqp:// or amqps://'],
])('describes a field with its unit and range', (field, expected) => {
  expect(noteOf(field).expected).toBe(expected);
  expect(field.description).toBe(expected);
});
