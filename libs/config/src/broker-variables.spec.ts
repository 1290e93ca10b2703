import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { brokerTlsOf, brokerVariables, checkBrokerTls } from './broker-variables';
import { ConfigError } from './config.error';
import { loadConfig } from './load-config';

const schema = z.object(brokerVariables()).superRefine(checkBrokerTls);
const folder = mkdtempSync(join(tmpdir(), 'broker-variables-'));
const pem = join(folder, 'some.pem');
const text = join(folder, 'some.txt');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
writeFileSync(text, 'hello');
afterAll(() => rmSync(folder, { recursive: true }));

const problemsOf = (environment: Record<string, string>): string[] => {
  try {
    loadConfig(schema, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, message }) => `${variable}: ${message}`);
  }
};
const AMQP_URL = 'amqps://broker.example.org';

it('reads the files that are set', () => {
  const config = loadConfig(schema, { AMQP_URL, AMQP_CACERTFILE: pem });
  expect(brokerTlsOf(config)).toEqual({ ca: expect.any(Buffer) });
  const whole = loadConfig(schema, { AMQP_URL, AMQP_CACERTFILE: pem, AMQP_CERTFILE: pem, AMQP_KEYFILE: pem });
  expect(Object.keys(brokerTlsOf(whole)!)).toEqual(['ca', 'cert', 'key']);
  expect(brokerTlsOf(loadConfig(schema, { AMQP_URL }))).toBeUndefined();
});

it.each([
  ['a certificate without its key', { AMQP_CERTFILE: pem }, 'AMQP_CERTFILE: is of no use without AMQP_KEYFILE'],
  ['a key without its certificate', { AMQP_KEYFILE: pem }, 'AMQP_KEYFILE: is of no use without AMQP_CERTFILE'],
  [
    'a file that is not there',
    { AMQP_CACERTFILE: `${pem}.gone` },
    `AMQP_CACERTFILE: cannot read "${pem}.gone": ENOENT`,
  ],
  ['a file of another kind', { AMQP_CACERTFILE: text }, `AMQP_CACERTFILE: "${text}" is no PEM file`],
])('refuses %s', (_what, environment, problem) => {
  expect(problemsOf({ AMQP_URL, ...environment })).toEqual([problem]);
});

it('refuses files for a broker that is not reached by TLS', () => {
  expect(problemsOf({ AMQP_URL: 'amqp://broker.example.org', AMQP_CACERTFILE: pem })).toEqual([
    'AMQP_CACERTFILE: is of no use: AMQP_URL does not begin with amqps://',
  ]);
});

it('takes CLOUDAMQP_URL where AMQP_URL is not set', () => {
  expect(loadConfig(schema, { CLOUDAMQP_URL: AMQP_URL }).AMQP_URL).toBe(AMQP_URL);
  expect(loadConfig(schema, { CLOUDAMQP_URL: AMQP_URL, AMQP_URL: 'amqp://mine' }).AMQP_URL).toBe('amqp://mine');
});
