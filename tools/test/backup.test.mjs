import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clientProgram, connectionEnv, majorOf } from '../backup/client-programs.mjs';
import { DUMP, readBackup, writeManifest } from '../backup/manifest.mjs';
import { inRoot } from '../paths.mjs';

let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), 'groundswell-backup-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const program = (version, text) => {
  const dir = join(folder, `bin-${version}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pg_dump'), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
  return dir;
};

test('the version of a program is read from what it says', () => {
  assert.equal(majorOf('pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'), 15);
  assert.equal(majorOf('pg_dump (PostgreSQL) 18beta1'), 18);
  assert.equal(majorOf('something else'), null);
});

test('the program of the same version is taken, else the next later one, never an older one', () => {
  const dirs = [97, 95, 99].map((major) => program(major, `pg_dump (PostgreSQL) ${major}.1`));
  const env = { PATH: dirs.join(':') };
  assert.equal(clientProgram('pg_dump', 97, env).major, 97);
  assert.equal(clientProgram('pg_dump', 98, env).major, 99);
  assert.throws(() => clientProgram('pg_dump', 100, env), /no pg_dump for Postgres 100: found only .*\(97\)/);
  assert.throws(() => clientProgram('pg_nothing', 15, env), /none is installed/);
});

test('a login goes to the programs by variables, decoded', () => {
  assert.deepEqual(
    connectionEnv('postgres://ow%40ner:p%2Fw@db.example:6432/ground%20swell?sslmode=verify-full&sslrootcert=/ca.pem'),
    {
      PGHOST: 'db.example',
      PGPORT: '6432',
      PGUSER: 'ow@ner',
      PGPASSWORD: 'p/w',
      PGDATABASE: 'ground swell',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.pem',
      PGCONNECT_TIMEOUT: '10',
    },
  );
  assert.equal(connectionEnv('postgres://u@[::1]/d').PGHOST, '::1');
});

test('a backup that was changed is not restored', async () => {
  const backup = join(folder, 'backup');
  mkdirSync(join(backup, DUMP), { recursive: true });
  writeFileSync(join(backup, DUMP, 'toc.dat'), 'contents');
  writeFileSync(join(backup, DUMP, '1.dat'), 'rows');
  await assert.rejects(readBackup(backup), /is no backup: it has no manifest.json/);
  await writeManifest(backup, { database: 'groundswell' });
  assert.equal((await readBackup(backup)).database, 'groundswell');
  writeFileSync(join(backup, DUMP, '1.dat'), 'ROWS');
  await assert.rejects(readBackup(backup), /damaged: .*1\.dat is not what was written/);
  appendFileSync(join(backup, DUMP, 'toc.dat'), '!');
  rmSync(join(backup, DUMP, '1.dat'));
  await assert.rejects(
    readBackup(backup),
    /1\.dat is missing.*toc\.dat has 9 bytes instead of 8|toc\.dat has 9 bytes.*1\.dat is missing/,
  );
});

for (const [tool, args, said] of [
  ['backup', ['--jobs', '0'], /--jobs: 1 to 64/],
  ['backup', [], /set DATABASE_URL/],
  ['backup', ['--nonsense'], /usage:/],
  ['restore', [], /--from a backup, or --settle-only/],
  ['restore', ['--settle-only'], /--at: as of when/],
  ['restore', ['--from', 'x'], /set MIGRATION_DATABASE_URL/],
]) {
  test(`${tool} ${args.join(' ')} is refused with how it goes`, () => {
    const env = { PATH: process.env.PATH, GROUNDSWELL_LOCAL: folder };
    const { status, stderr } = spawnSync(process.execPath, [inRoot('tools', `${tool}.mjs`), ...args], {
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, said);
    assert.match(stderr, /usage:/);
  });
}
