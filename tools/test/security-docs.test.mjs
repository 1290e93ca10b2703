import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inRoot } from '../paths.mjs';

const pages = [...globSync(inRoot('docs/security/*.md')), inRoot('SECURITY.md')];

test('pages on security name files and pages that are there', () => {
  const missing = pages.flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    const files = [...text.matchAll(/`((?:apps|libs|tools)\/[^`\s*…]+\.(?:ts|mjs|json))`/g)].map(([, file]) =>
      inRoot(file),
    );
    const links = [...text.matchAll(/\]\(([^)#:]+\.md)\)/g)].map(([, link]) => join(dirname(page), link));
    const named = [...text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([link]) => inRoot(link));
    return [...files, ...links, ...named].filter((file) => !existsSync(file)).map((file) => `${page}: ${file}`);
  });
  assert.deepEqual(missing, []);
});

test('each line of the threat model names what tried it', () => {
  const text = readFileSync(inRoot('docs', 'security', 'threat-model.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| [STRIDE] \|/.test(line));
  assert.ok(rows.length >= 30, `only ${rows.length} lines`);
  for (const kind of 'STRIDE')
    assert.ok(
      rows.some((row) => row.startsWith(`| ${kind} |`)),
      `none of ${kind}`,
    );
  for (const row of rows) assert.match(row, /`[^`]+\.(?:int-spec|e2e-spec|crash-spec|spec|test)\.(?:ts|mjs)`/, row);
});
