import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { secretKeys } from './secret-names.mjs';

/**
 * `node tools/secrets.mjs --env | --kubernetes NAME [--also NAME,…]`: prints all passwords and keys that a new deployment needs, made
 * up at random, as lines for an env file or as a Secret for `kubectl apply`. Each run prints others: keep what the first one said.
 */
const USAGE = 'usage: secrets --env | --kubernetes NAME [--also NAME,NAME…]\n';
const SECRET_BYTES = 32;
const SECRET_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { env: { type: 'boolean' }, kubernetes: { type: 'string' }, also: { type: 'string', default: '' } },
    });
    const also = values.also.split(',').filter(Boolean);
    if (Boolean(values.env) === Boolean(values.kubernetes)) throw new Error('say either --env or --kubernetes NAME');
    if (values.kubernetes && !SECRET_NAME.test(values.kubernetes)) throw new Error('--kubernetes: no name of a Secret');
    if (!also.every((name) => VARIABLE.test(name))) throw new Error('--also: names of variables, with commas');
    return { name: values.kubernetes, keys: [...secretKeys, ...also] };
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

const { name, keys } = readOptions();
// base64url: nothing that a URL, a shell or an env file would take for more than a letter.
const entries = keys.map((key) => [key, randomBytes(SECRET_BYTES).toString('base64url')]);
const lines = name
  ? [
      'apiVersion: v1',
      'kind: Secret',
      `metadata: { name: ${name} }`,
      'type: Opaque',
      'stringData:',
      ...entries.map(([key, value]) => `  ${key}: '${value}'`),
    ]
  : entries.map(([key, value]) => `${key}=${value}`);
process.stdout.write(`${lines.join('\n')}\n`);
