import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { before, describe, test } from 'node:test';
import vm from 'node:vm';
import sodium from 'libsodium-wrappers';
import { Webhook } from 'standardwebhooks';
import { inRoot } from '../paths.mjs';

const guide = readFileSync(inRoot('docs', 'guide-integrator.md'), 'utf8');
/** The block behind a comment `<!-- kind: name -->`. */
const blocks = (kind) =>
  [...guide.matchAll(new RegExp(`<!-- ${kind}: (\\S+) -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, name, text]) => ({ name, text }),
  );
const block = (name) => blocks('code').find((one) => one.name === name).text;
const fixture = (name) => JSON.parse(readFileSync(inRoot('libs', 'contracts', 'fixtures', `${name}.json`), 'utf8'));

/** The function of that name on the page, with what a reader's program would have imported. */
const run = (name, globals) =>
  vm.runInNewContext(`${block(name)}\n${name}`, { Buffer, Date, Math, Number, ...globals });
const plain = (value) => JSON.parse(JSON.stringify(value));

describe("the integrator's guide", () => {
  before(() => sodium.ready);

  test('shows messages that are fixtures of the contracts', () => {
    const examples = blocks('example');
    assert.ok(examples.length > 1);
    for (const { name, text } of examples) assert.deepEqual(JSON.parse(text), fixture(name), name);
  });

  test('decrypts its message by its own code and key file', () => {
    const decrypt = run('decrypt', { sodium, Uint8Array, JSON });
    const { personalInfo } = fixture('action.v2.encrypted');
    const keys = JSON.parse(block('keys'));
    assert.deepEqual(plain(decrypt(personalInfo, keys)), JSON.parse(block('contact')));
    assert.equal(decrypt(personalInfo, {}), null);
    assert.deepEqual(plain(decrypt(null, keys)), {});
  });

  test('knows genuine pushes from others by its own code', () => {
    const isGenuine = run('isGenuine', { crypto });
    const secret = `whsec_${crypto.randomBytes(32).toString('base64')}`;
    const former = `whsec_${crypto.randomBytes(32).toString('base64')}`;
    const at = new Date('2026-11-20T10:00:00Z');
    const [id, body] = ['action:9001:deliver:11', JSON.stringify(fixture('action.v2.encrypted'))];
    const signatures = [former, secret].map((one) => new Webhook(one).sign(id, at, body));
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(at.getTime() / 1000),
      'webhook-signature': signatures.join(' '),
    };
    assert.equal(isGenuine(headers, body, secret, at.getTime() + 1000), true);
    assert.equal(isGenuine(headers, body, former, at.getTime()), true);
    assert.equal(isGenuine(headers, `${body} `, secret, at.getTime()), false);
    assert.equal(isGenuine({ ...headers, 'webhook-id': 'action:9002:deliver:11' }, body, secret, at.getTime()), false);
    assert.equal(isGenuine(headers, body, secret, at.getTime() + 301_000), false);
    assert.equal(isGenuine({ ...headers, 'webhook-signature': '' }, body, secret, at.getTime()), false);
  });
});

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'].map((name) => inRoot(name)),
  ...globSync(inRoot('{docs,docker,k8s,bench}/**/*.md')),
  ...globSync(inRoot('{apps,libs}/*/README.md')),
].filter((file) => !file.includes('node_modules') && !file.includes(`${join('bench', 'report')}`));

/** Links of a page to files of this repository, without those inside code. */
function linksOf(file) {
  const prose = readFileSync(file, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target));
}

describe('pages', () => {
  test('link to files that are there', () => {
    const dead = pages.flatMap((file) =>
      linksOf(file)
        .filter((target) => !existsSync(join(dirname(file), target.replace(/#.*$/, ''))))
        .map((target) => `${relative(inRoot(), file)}: ${target}`),
    );
    assert.deepEqual(dead, []);
  });

  test('name programs that there are', () => {
    const missing = pages.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      const built = [...text.matchAll(/\bdist\/tools\/([a-z-]+)\.js\b/g)].map(([, name]) => `tools/src/${name}.ts`);
      const plain = [...text.matchAll(/\bnode (tools\/[a-z/-]+\.mjs)\b/g)].map(([, path]) => path);
      const absent = [...built, ...plain].filter((path) => !existsSync(inRoot(path)));
      return absent.map((path) => `${relative(inRoot(), file)}: ${path}`);
    });
    assert.deepEqual(missing, []);
  });

  test('under docs/ are all in its index, by themselves or by their folder', () => {
    const linked = linksOf(inRoot('docs', 'README.md')).map((target) => join(inRoot('docs'), target));
    const folders = linked
      .map((target) => (target.endsWith('README.md') ? dirname(target) : target))
      .filter((target) => target !== inRoot('docs') && existsSync(target) && statSync(target).isDirectory());
    const missing = globSync(inRoot('docs/**/*.md')).filter(
      (file) =>
        file !== inRoot('docs', 'README.md') &&
        !linked.includes(file) &&
        !folders.some((folder) => file.startsWith(`${folder}/`)),
    );
    assert.deepEqual(
      missing.map((file) => relative(inRoot(), file)),
      [],
    );
  });
});
