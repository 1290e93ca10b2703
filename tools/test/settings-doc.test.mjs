import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { inRoot } from '../paths.mjs';
import { fleet } from '../fleet.mjs';
import { readSettings } from '../settings/read-settings.mjs';
import { REFERENCE } from '../settings/reference-variables.mjs';
import { settingsText } from '../settings/settings-text.mjs';

let settings;
before(async () => (settings = await readSettings()));

const settingOf = ({ name, as = name }) => settings.find((setting) => setting.name === as);

describe('docs/settings.md', () => {
  test('is what node tools/settings-doc.mjs writes', () => {
    assert.equal(readFileSync(inRoot('docs', 'settings.md'), 'utf8'), settingsText(settings));
  });

  test('is about every service of the fleet', () => {
    const services = new Set(settings.flatMap(({ uses }) => uses.map(({ service }) => service)));
    assert.deepEqual([...services].sort(), fleet.map(({ name }) => name).sort());
  });

  test('says what each variable means', () => {
    const silent = settings.filter(({ meaning }) => !meaning).map(({ name }) => name);
    assert.deepEqual(silent, []);
  });
});

describe('each variable of email-and-mtt.md §8.4', () => {
  test('is read under its name', () => {
    for (const reference of REFERENCE.filter(({ elsewhere }) => !elsewhere)) {
      assert.ok(settingOf(reference)?.names.includes(reference.name), `${reference.name} is read by nobody`);
    }
  });

  test('has its default, unless the page says that it differs', () => {
    for (const reference of REFERENCE.filter(({ elsewhere }) => !elsewhere)) {
      const defaults = new Set(settingOf(reference).uses.map((use) => use.default));
      const isSame = defaults.size === 1 && defaults.has(reference.was);
      assert.equal(isSame, !reference.differs, `${reference.name}: ${[...defaults]} here, ${reference.was} there`);
    }
  });
});
