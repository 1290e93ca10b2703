import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { auditReport, faultsOfExceptions, judgeReport } from '../check/dependency-audit.mjs';

/** A project with two packages, one of them for development only, and a registry that knows a fault of each. */
const dir = mkdtempSync(join(tmpdir(), 'audit-'));
const packages = {
  '': { name: 'p', version: '1.0.0', dependencies: { alpha: '1.0.0' }, devDependencies: { beta: '1.0.0' } },
  'node_modules/alpha': { version: '1.0.0' },
  'node_modules/beta': { version: '1.0.0', dev: true },
};
writeFileSync(join(dir, 'package.json'), JSON.stringify(packages['']));
const lockfile = { name: 'p', version: '1.0.0', lockfileVersion: 3, packages };
writeFileSync(join(dir, 'package-lock.json'), JSON.stringify(lockfile));

const today = new Date('2025-06-15T12:00:00Z');
let status = 200;
const advisory = (id, severity) => [
  { id, url: `https://github.com/advisories/GHSA-${id}`, title: 'reads too much', severity, vulnerable_versions: '<2' },
];
const advisories = { alpha: advisory(1, 'low'), beta: advisory(2, 'moderate') };
const registry = createServer((request, response) => {
  request.resume().once('end', () => {
    const name = request.url.slice(1);
    const packument = { name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name, version: '1.0.0' } } };
    const body = request.method === 'POST' ? advisories : packument;
    response.writeHead(request.method === 'POST' ? status : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
});
let env;
before(async () => {
  await new Promise((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${registry.address().port}/`;
  env = {
    ...process.env,
    npm_config_registry: url,
    npm_config_cache: join(dir, 'cache'),
    npm_config_update_notifier: 'false',
  };
});
after(() => {
  registry.close();
  rmSync(dir, { recursive: true });
});

const exception = (advisory, until, name = 'alpha') => ({ advisory, package: name, reason: 'not called by us', until });
const judge = (report, exceptions = []) => judgeReport(report, { lockfile, exceptions, today });

describe('the audit of dependencies', () => {
  let report;
  before(async () => (report = await auditReport(dir, env)));

  test('fails for a fault of a production package, and only tells of one in development', () => {
    const { problems, notes } = judge(report);
    assert.equal(problems.length, 1);
    assert.match(problems[0], /^alpha: low, in production: reads too much \(GHSA-1, /);
    assert.equal(notes.length, 1);
    assert.match(notes[0], /^beta: moderate, in development only/);
  });

  test('fails for a development package from "high" on', () => {
    const worse = structuredClone(report);
    worse.vulnerabilities.beta.via[0].severity = 'high';
    assert.equal(judge(worse).problems.length, 2);
  });

  test('lets an exception pass until its day has ended, for its package alone', () => {
    const problems = (...exceptions) => judge(report, exceptions).problems.length;
    assert.equal(problems(exception('GHSA-1', '2025-06-15')), 0);
    assert.equal(problems(exception('GHSA-1', '2025-06-14')), 1);
    assert.equal(problems(exception('GHSA-1', '2025-07-01', 'beta')), 1);
  });

  test('says which exceptions are of no use', () => {
    assert.match(judge(report, [exception('GHSA-gone', '2025-07-01')]).notes.at(-1), /GHSA-gone is of no use/);
  });

  test('has nothing to say of packages without a known fault', () => {
    assert.deepEqual(judge({ vulnerabilities: {} }), { problems: [], notes: [] });
  });

  test('says out loud that a registry tells nothing, and does not fail', async () => {
    status = 405;
    const { problems, notes } = judge(await auditReport(dir, env));
    assert.deepEqual(problems, []);
    assert.match(notes[0], /^NOT CHECKED, the registry tells no advisories: .*405/);
  });
});

describe('an exception', () => {
  test('needs a reason and a date that is not too far', () => {
    const faults = faultsOfExceptions(
      [
        { advisory: 'GHSA-a', package: 'x', until: '2025-07-01' },
        exception('GHSA-b', '2027-01-01'),
        exception('GHSA-c', '2025-07-01'),
      ],
      today,
    );
    assert.equal(faults.length, 2);
    assert.match(faults[0], /GHSA-a: needs advisory, package, reason and until/);
    assert.match(faults[1], /GHSA-b: until 2027-01-01 is more than 180 days away/);
  });
});
