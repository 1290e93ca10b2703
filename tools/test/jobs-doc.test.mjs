import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inRoot } from '../paths.mjs';

/** Sections of background-jobs.md that say what the fleet has in that place. */
const SECTIONS = '1 2.1 2.2 2.3 2.4 2.5 2.6 3 4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8 4.9 5 5.1 6 7 8 9'.split(' ');
const SERVICES = globSync(inRoot('apps/*/src/jobs.ts')).map((file) => file.split('/').at(-3));

const read = (path) => readFileSync(path, 'utf8');

/** Rows of the table in docs/jobs.md: section, what, jobs, owner, tests. */
function rows() {
  const lines = read(inRoot('docs', 'jobs.md')).split('\n');
  return lines
    .filter((line) => line.startsWith('| §'))
    .map((line) => {
      const [section, what, jobs, owner, tests] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      const names = [...jobs.matchAll(/`([a-z][a-z0-9-]*)`/g)].map(([, name]) => name);
      const files = [...tests.matchAll(/`([^`]+\.(?:ts|mjs))`/g)].map(([, file]) => file);
      return { section: section.slice(1), what, jobs, names, owner, files };
    });
}

/** Every job type of the code, with the app that runs it. */
function defined() {
  return globSync(inRoot('apps/*/src/**/*.ts')).flatMap((file) =>
    [...read(file).matchAll(/defineJob\(\{\s*name: '([^']+)'/g)].map(([, name]) => ({
      name,
      app: file.slice(inRoot('apps').length + 1).split('/')[0],
    })),
  );
}

describe('docs/jobs.md', () => {
  test('has a row for every place that background-jobs.md gives a job', () => {
    const there = new Set(rows().map(({ section }) => section));
    assert.deepEqual(
      SECTIONS.filter((section) => !there.has(section)),
      [],
    );
  });

  test('names test files that there are, for each row', () => {
    for (const { section, what, files, jobs } of rows()) {
      if (jobs.startsWith('not there yet')) continue;
      assert.ok(files.length > 0, `§${section} ${what}: no test`);
      for (const file of files) assert.ok(existsSync(inRoot(file)), `§${section}: ${file} is not there`);
    }
  });

  test('has every job type of the code under its owner, and no other', () => {
    const documented = rows().flatMap(({ names, owner }) => names.map((name) => `${name} of ${owner}`));
    const types = defined().map(({ name, app }) => `${name} of ${app}`);
    assert.deepEqual([...new Set(documented)].sort(), types.sort());
  });

  test('has a row that says why where there is no job', () => {
    for (const { section, what, names, jobs } of rows()) {
      if (names.length === 0) assert.ok(jobs.length > 10, `§${section} ${what}: neither a job nor a reason`);
    }
  });
});

describe('every job type', () => {
  test('is in the list of an app that runs jobs', () => {
    for (const { name, app } of defined()) assert.ok(SERVICES.includes(app), `${name}: ${app} has no jobs.ts`);
  });

  test('is killed in the middle by a test (apps/e2e, job-kills)', () => {
    const scenarios = globSync(inRoot('apps/e2e/src/crash/job-scenarios/*.ts')).flatMap((file) =>
      [...read(file).matchAll(/\n\s+job: '([^']+)'/g)].map(([, name]) => name),
    );
    const types = defined().map(({ name }) => name);
    assert.deepEqual(
      types.filter((name) => !scenarios.includes(name)),
      [],
    );
  });
});
