import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inRoot } from '../paths.mjs';

const sourceDir = inRoot('apps', 'email-delivery', 'src', 'templates', 'built-in');
const compiledFile = join(sourceDir, 'compiled.ts');

/**
 * Compiles the built-in mail templates to one file beside them, which is committed: the compiler takes seconds to load and 100 MB,
 * so neither services nor tests run it. Does nothing while the sources and the compiler are those of the file; true when it wrote.
 */
export async function compileMailTemplates() {
  const digest = sourcesDigest();
  if (readDigest() === digest) return false;
  const [{ default: compile }, prettier] = await Promise.all([import('mjml'), import('prettier')]);
  const layout = read('layout.mjml');
  const templates = {};
  for (const name of templateNames()) templates[name] = await compileTemplate(compile, layout, name);
  const source = [
    '/** By tools/build/mail-templates.mjs, from the files beside this one. */',
    `export const digest = '${digest}';`,
    `export const compiled = ${JSON.stringify(templates)};`,
  ].join('\n\n');
  const options = { ...(await prettier.resolveConfig(compiledFile)), filepath: compiledFile };
  writeFileSync(compiledFile, await prettier.format(source, options));
  return true;
}

/** Of all sources and of the compiler's version. */
function sourcesDigest() {
  const hash = createHash('sha256').update(createRequire(import.meta.url)('mjml/package.json').version);
  for (const file of readdirSync(sourceDir).sort()) {
    if (/\.(mjml|txt)$/.test(file)) hash.update(`\0${file}\0${read(file)}`);
  }
  return hash.digest('hex');
}

const read = (file) => readFileSync(join(sourceDir, file), 'utf8');

const readDigest = () =>
  existsSync(compiledFile) ? /digest = '([0-9a-f]{64})'/.exec(readFileSync(compiledFile, 'utf8'))?.[1] : undefined;

const templateNames = () =>
  readdirSync(sourceDir)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -'.txt'.length))
    .sort();

/** `<!-- title: … -->` and `<!-- reason: … -->` of a template go where the layout has them, the rest is its content. */
async function compileTemplate(compile, layout, name) {
  const { subject, text } = readTextPart(name);
  let content = read(`${name}.mjml`);
  let source = layout;
  for (const key of ['title', 'reason']) {
    const note = new RegExp(`<!-- ${key}: ([^]*?) -->\\s*`).exec(content);
    if (!note) throw new Error(`${name}.mjml has no <!-- ${key}: … -->`);
    content = content.replace(note[0], () => '');
    source = source.replaceAll(`<!-- ${key} -->`, () => note[1]);
  }
  const { html } = await compile(
    source.replace('<!-- content -->', () => content),
    // Fonts would be fetched from elsewhere by whoever reads the mail.
    { validationLevel: 'strict', keepComments: false, fonts: {} },
  );
  return { subject, html: html.replace(/^[ \t]+|[ \t]+$/gm, '').replace(/\n{2,}/g, '\n'), text };
}

function readTextPart(name) {
  const found = /^Subject: (.+)\n\n([^]+)$/.exec(read(`${name}.txt`));
  if (!found) throw new Error(`${name}.txt does not begin with "Subject: …" and an empty line`);
  return { subject: found[1], text: found[2] };
}
