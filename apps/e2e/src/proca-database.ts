import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
// The import and its generator share one description of the old schema; tools have no alias.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { makeOldDatabase, type OldDatabase } from '../../../tools/src/proca-import/old-database';
import type { ImportReport } from '../../../tools/src/proca-import/report';
/* eslint-enable @nx/enforce-module-boundaries */

const readerPassword = 'test-only';

/** A Proca server's database on the servers all tests share, and a login that may only look. */
export interface ProcaDatabase extends OldDatabase {
  /** Of the login that may only SELECT. */
  readerUrl: string;
  /** As its owner. */
  sql: Client;
  drop(): Promise<void>;
}

export async function aProcaDatabase(supporters: number, fingerprintSeed: string): Promise<ProcaDatabase> {
  const adminUrl = process.env['TEST_DATABASE_URL'] ?? '';
  const name = `gs_proca_${randomBytes(6).toString('hex')}`;
  await onServer(adminUrl, (admin) => admin.query(`create database ${name}`));
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
  const world = await makeOldDatabase({ url, supporters, fingerprintSeed, seed: 8 });
  const sql = new Client({ connectionString: url });
  await sql.connect();
  await sql.query(`create role ${name} login password '${readerPassword}'`);
  await sql.query(`grant select on all tables in schema public to ${name}`);
  const readerUrl = Object.assign(new URL(url), { username: name, password: readerPassword }).href;
  return {
    ...world,
    readerUrl,
    sql,
    drop: async () => {
      await sql.query(`drop owned by ${name}`);
      await sql.query(`drop role ${name}`);
      await sql.end();
      await onServer(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function onServer(url: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

export interface ImportEnd {
  /** Null: it was killed. */
  code: number | null;
  stderr: string;
  report: ImportReport;
}

const noReport: ImportReport = { isDry: false, tables: [], steps: null, notices: [], verification: null, seconds: 0 };

/** The built program. `killAt`: it is killed once it has said a line with this text. */
export function runImport(args: readonly string[], env: Record<string, string>, killAt?: string): Promise<ImportEnd> {
  const program = ['dist/tools/proca-import.js', ...args, '--json'];
  const options = { env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, program, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, stderr, report: stdout.startsWith('{') ? (JSON.parse(stdout) as ImportReport) : noReport });
    });
    let said = '';
    child.stderr?.on('data', (chunk: string) => {
      said += chunk;
      if (killAt !== undefined && said.includes(killAt)) child.kill('SIGKILL');
    });
  });
}
