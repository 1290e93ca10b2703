import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSecondTry, filesToRepeat } from '../testing/second-try.mjs';

const aFile = (name, tests, status = tests.some(([, outcome]) => outcome === 'failed') ? 'failed' : 'passed') => ({
  name,
  status,
  assertionResults: tests.map(([fullName, outcome]) => ({ fullName, status: outcome })),
});
const aReport = (files) => {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status) => tests.filter((one) => one.status === status).length;
  const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  return {
    testResults: files,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numRuntimeErrorTestSuites: broken,
  };
};
const steady = aFile('/a.ts', [['a one', 'passed']]);
const shaky = aFile('/b.ts', [
  ['b one', 'passed'],
  ['b two', 'failed'],
]);

test('a file that failed is run again, and no other', () => {
  assert.deepEqual(filesToRepeat(aReport([steady, shaky])), ['/b.ts']);
  assert.deepEqual(filesToRepeat(aReport([steady])), []);
});

test('many files are none: that is no accident', () => {
  const files = Array.from({ length: 13 }, (_, n) => aFile(`/${n}.ts`, [[`${n}`, 'failed']]));
  assert.equal(filesToRepeat(aReport(files.slice(1))).length, 12);
  assert.deepEqual(filesToRepeat(aReport(files)), []);
});

test('what passes then counts, and is named', () => {
  const second = aReport([
    aFile('/b.ts', [
      ['b one', 'passed'],
      ['b two', 'passed'],
    ]),
  ]);
  assert.deepEqual(afterSecondTry(aReport([steady, shaky]), second), { passed: 3, failed: 0, unsteady: ['b two'] });
});

test('what fails again has failed, as has what fails only then', () => {
  const second = aReport([
    aFile('/b.ts', [
      ['b one', 'failed'],
      ['b two', 'failed'],
    ]),
  ]);
  assert.deepEqual(afterSecondTry(aReport([steady, shaky]), second), { passed: 1, failed: 2, unsteady: [] });
});

test('a file that did not load counts by what it does then', () => {
  const first = aReport([steady, aFile('/c.ts', [], 'failed')]);
  assert.equal(first.numRuntimeErrorTestSuites, 1);
  const second = aReport([aFile('/c.ts', [['c one', 'passed']])]);
  assert.deepEqual(afterSecondTry(first, second), { passed: 2, failed: 0, unsteady: [] });
  assert.deepEqual(afterSecondTry(first, aReport([aFile('/c.ts', [], 'failed')])), {
    passed: 1,
    failed: 1,
    unsteady: [],
  });
});
