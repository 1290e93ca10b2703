import { REFERENCE } from './reference-variables.mjs';

const code = (text) => `\`${text}\``;
const cell = (text) => String(text).replaceAll('|', '\\|');
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`;

const defaultText = (value) => (value === '' ? '–' : value === 'required' ? 'required' : code(value));

/** One default where all services have the same one, else each with its services. */
function defaultsOf({ uses }) {
  const byDefault = Map.groupBy(uses, (use) => use.default);
  if (byDefault.size === 1) return defaultText(uses[0].default);
  return [...byDefault]
    .map(([value, of]) => `${defaultText(value)} (${of.map(({ service }) => service).join(', ')})`)
    .join(', ');
}

const meaningOf = ({ meaning = '', expected = '' }) =>
  [meaning, expected && !/^a secret/.test(expected) && `(${expected})`].filter(Boolean).join(' ');

const servicesOf = ({ uses }, count) => (uses.length === count ? 'all' : uses.map(({ service }) => service).join(', '));

const namesText = ({ name, names }) => (names.length > 1 ? names.map(code).join(' or ') : code(name));

/** docs/settings.md, whole. */
export function settingsText(settings) {
  const count = new Set(settings.flatMap(({ uses }) => uses.map(({ service }) => service))).size;
  const lines = [
    '# Settings',
    '',
    'Every variable a service reads, from the schemas in `apps/*/src/config.ts`. `node tools/settings-doc.mjs` writes this page; a test',
    'says when it is not up to date. A service that finds a variable wrong or missing says so for all of them at once and does not start;',
    'an empty variable counts as not set. What it runs with stands in its first log line, secrets as `set`.',
    '',
    'Where a variable has two names, the first one that is set wins: those of the reference come before our own.',
    'An address may come without its login: user and password of `X_URL` are then `X_USERNAME` and `X_PASSWORD`, for X = DATABASE,',
    'AMQP, AMQP_MANAGEMENT, REDIS, and MIGRATION_DATABASE of the migration.',
    'Passwords and keys are best given as files or secrets of the platform, never in an image.',
    '',
    '## Names of the reference (email-and-mtt.md §8.4)',
    '',
    row('variable', 'default there', 'here'),
    row('---', '---', '---'),
    ...REFERENCE.map(({ name, was, here }) => row(code(name), was === '' ? '–' : was, here)),
    '',
    '## All variables',
    '',
    row('variable', 'services', 'default', 'meaning'),
    row('---', '---', '---', '---'),
    ...settings.map((setting) =>
      row(namesText(setting), servicesOf(setting, count), defaultsOf(setting), meaningOf(setting)),
    ),
    '',
    '## Read by Node.js itself',
    '',
    "`NODE_EXTRA_CA_CERTS` names a PEM file of further authorities: for Redis by `rediss://`, the broker's management API, object stores and",
    'providers behind a private authority. Set it before the process starts. docs/security/tls.md says which connection reads what.',
    '',
  ];
  return lines.join('\n');
}
