import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstMismatch } from '../setup/dependencies.mjs';

const lock = (packages) => ({ packages: { '': {}, ...packages } });

test('an installed tree that is what the lockfile says needs no npm ci', () => {
  const packages = { 'node_modules/a': { version: '1.0.0', integrity: 'x' } };
  assert.equal(firstMismatch(lock(packages), { packages }), null);
});

test('an optional package for another platform may be missing', () => {
  assert.equal(firstMismatch(lock({ 'node_modules/b': { version: '1.0.0', optional: true } }), { packages: {} }), null);
});

test('a missing tree, a missing package and another version each call for npm ci', () => {
  const wanted = lock({ 'node_modules/a': { version: '2.0.0' } });
  assert.match(firstMismatch(wanted, null), /node_modules is missing/);
  assert.match(firstMismatch(wanted, { packages: {} }), /a is missing/);
  assert.match(firstMismatch(wanted, { packages: { 'node_modules/a': { version: '1.0.0' } } }), /1\.0\.0, not 2\.0\.0/);
});
