import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { readSettings } from './settings/read-settings.mjs';
import { settingsText } from './settings/settings-text.mjs';

/* Writes docs/settings.md from the schemas of all services; `--check` only compares, and ends with 1 where it differs. */
const file = inRoot('docs', 'settings.md');
const text = settingsText(await readSettings());
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('docs/settings.md is not up to date: node tools/settings-doc.mjs writes it');
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
