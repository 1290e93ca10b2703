import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { z } from 'zod';
import { loadConfig, secret } from '@groundswell/config';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { databaseAddress, resealColumn, sealedColumns, type ColumnReport } from '@groundswell/persistence';
import { findServers } from './parked/servers';

/*
 * Seals every secret in the database anew under the first key of ENVELOPE_KEY (docs/security/keys.md). May be ended and run again
 * at any time. Ends with 0 when nothing is left under an older key, else with 1.
 *
 *   node dist/tools/rotate-keys.js [--dry-run]
 */
const usage = `usage:
  rotate-keys [--dry-run]      --dry-run only says what is sealed under which key
keys: ENVELOPE_KEY or ENVELOPE_KEY_FILE, the new one first, then the old ones
server: DATABASE_URL (the owner of the tables), else that of a running npm start`;

const statementTimeoutMs = 30_000;
/** Services that have not been restarted yet may have sealed something meanwhile. */
const passes = 3;

const schema = z.object({ ENVELOPE_KEY: secret().optional(), ENVELOPE_KEY_FILE: z.string().optional() });
const say = (text: string) => process.stdout.write(`${text}\n`);

function openEnvelope(): SecretEnvelope {
  const { ENVELOPE_KEY, ENVELOPE_KEY_FILE } = loadConfig(schema);
  if (ENVELOPE_KEY) return SecretEnvelope.fromText(ENVELOPE_KEY);
  if (ENVELOPE_KEY_FILE) return SecretEnvelope.fromFile(ENVELOPE_KEY_FILE);
  throw new Error('set ENVELOPE_KEY or ENVELOPE_KEY_FILE');
}

const lineOf = ({ table, column, current, resealed, unreadable }: ColumnReport, isDry: boolean): string =>
  [
    `${table}.${column}: ${current} under the first key`,
    resealed > 0 && (isDry ? `${resealed} under an older one` : `${resealed} sealed anew`),
    unreadable.length > 0 && `${unreadable.length} opened by no key`,
  ]
    .filter(Boolean)
    .join(', ');

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const isDry = values['dry-run'];
  await cryptoReady();
  const envelope = openEnvelope();
  const client = new Client({
    ...databaseAddress(findServers(process.env).databaseUrl()),
    application_name: 'rotate-keys',
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
  });
  await client.connect();
  try {
    let left = 0;
    for (const sealed of sealedColumns) {
      let report = await resealColumn(client, sealed, envelope, { isDry });
      say(lineOf(report, isDry));
      for (const { id, reason } of report.unreadable) say(`  ${sealed.key} ${id}: ${reason}`);
      for (let pass = 1; !isDry && pass < passes && report.resealed > 0; pass += 1) {
        report = await resealColumn(client, sealed, envelope);
      }
      left += report.resealed + report.unreadable.length;
    }
    say(left === 0 ? 'nothing is left under an older key' : `${left} left under older or unknown keys`);
    return left === 0;
  } finally {
    await client.end();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 2;
}
