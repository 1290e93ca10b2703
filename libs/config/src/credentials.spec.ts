import { z } from 'zod';
import { credentialNamesOf } from './credentials';
import { namedAs, secret, url } from './fields';
import { loadConfig } from './load-config';
import { isSecret, variablesOf } from './variables';

const schema = z.object({
  DATABASE_URL: url(['postgres']),
  REDIS_URL: url(['redis']).optional(),
  PUBLIC_URL: z.string().optional(),
});
const read = (environment: Record<string, string>) => loadConfig(schema, environment);

it.each([
  ['neither', {}, 'postgres://db:5432/gs'],
  ['a password', { DATABASE_PASSWORD: 'hunter2' }, 'postgres://:hunter2@db:5432/gs'],
  ['both', { DATABASE_USERNAME: 'gs', DATABASE_PASSWORD: 'hunter2' }, 'postgres://gs:hunter2@db:5432/gs'],
])('fills a URL with %s', (_, companions, expected) => {
  expect(read({ DATABASE_URL: 'postgres://db:5432/gs', ...companions }).DATABASE_URL).toBe(expected);
});

it('keeps the user of the URL where only the password comes apart', () => {
  const { DATABASE_URL } = read({ DATABASE_URL: 'postgres://gs@db/gs?sslmode=require', DATABASE_PASSWORD: 'x' });
  expect(DATABASE_URL).toBe('postgres://gs:x@db/gs?sslmode=require');
});

it('passes on any password as it is', () => {
  const password = 'a:b@c/d?e#f%25 g';
  const { DATABASE_URL } = read({ DATABASE_URL: 'postgres://gs@db/gs', DATABASE_PASSWORD: password });
  expect(decodeURIComponent(new URL(DATABASE_URL).password)).toBe(password);
  expect(new URL(DATABASE_URL).host).toBe('db');
});

it('makes no URL where there is none', () => {
  expect(read({ DATABASE_URL: 'postgres://db/gs', REDIS_PASSWORD: 'x' }).REDIS_URL).toBeUndefined();
});

it('leaves what is no URL to the field, and says nothing of the password', () => {
  const start = (): unknown => read({ DATABASE_URL: 'db', DATABASE_PASSWORD: 'hunter2' });
  expect(start).toThrow('DATABASE_URL: is no URL of an accepted kind');
  expect(start).not.toThrow(/hunter2/);
});

it('knows which variables have companions', () => {
  expect(credentialNamesOf('AMQP_MANAGEMENT_URL')).toEqual(['AMQP_MANAGEMENT_USERNAME', 'AMQP_MANAGEMENT_PASSWORD']);
  expect(credentialNamesOf('PUBLIC_URL')).toEqual([]);
});

it('lists every variable that is looked at, and which of them are secret', () => {
  const all = z.object({
    HOST: namedAs(z.string(), 'LISTEN_IP', 'HOST'),
    REDIS_URL: url(['redis']),
    JWT_SECRET: secret().optional(),
  });
  expect(variablesOf(all)).toEqual([
    'HOST',
    'JWT_SECRET',
    'LISTEN_IP',
    'REDIS_PASSWORD',
    'REDIS_URL',
    'REDIS_USERNAME',
  ]);
  expect(variablesOf(all).filter((name) => isSecret(all, name))).toEqual([
    'JWT_SECRET',
    'REDIS_PASSWORD',
    'REDIS_USERNAME',
  ]);
});
