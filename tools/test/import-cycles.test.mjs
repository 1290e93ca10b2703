import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cyclesOf } from '../check/import-cycles.mjs';

const graph = (edges) => new Map(Object.entries(edges));

test('a graph without a way back has no cycle, also when two ways lead to one file', () => {
  assert.deepEqual(cyclesOf(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })), []);
});

test('a cycle is reported once, as the path that closes it', () => {
  assert.deepEqual(cyclesOf(graph({ a: ['b'], b: ['c'], c: ['b'] })), [['b', 'c', 'b']]);
});

test('a file that imports itself is a cycle', () => {
  assert.deepEqual(cyclesOf(graph({ a: ['a'] })), [['a', 'a']]);
});
