import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../build/bundle.mjs';
import { inLocal, inRoot } from '../paths.mjs';

const ts = createRequire(import.meta.url)('typescript');

/** Where variables are declared beside the services' own config.ts. */
const SHARED = [
  'libs/config/src/common-variables.ts',
  'libs/config/src/broker-variables.ts',
  'libs/config/src/*-variables.ts',
  'libs/service/src/service-variables.ts',
  'libs/object-store/src/object-store-settings.ts',
];

const isVariable = (name) => /^[A-Z][A-Z0-9_]+$/.test(name);

const commentOf = (node) => {
  const [comment] = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment: text }) => text);
  const text = typeof comment === 'string' ? comment : comment?.map((part) => part.text).join('');
  return text?.replace(/\s+/g, ' ').trim();
};

/** What the comment above each variable of a file says; one comment may stand above several. */
function meaningsIn(file) {
  const meanings = new Map();
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isObjectLiteralExpression(node)) {
      let last;
      for (const property of node.properties) {
        const name = property.name?.getText(source);
        last = commentOf(property) ?? last;
        if (ts.isPropertyAssignment(property) && name && isVariable(name) && last && !meanings.has(name)) {
          meanings.set(name, last);
        }
        if (ts.isSpreadAssignment(property)) last = undefined;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return meanings;
}

/** Every service's schema, compiled as its program is, and the functions that read one. */
async function loadSchemas(services) {
  const dir = inLocal('settings');
  mkdirSync(dir, { recursive: true });
  const entry = join(dir, 'entry.ts');
  const program = join(dir, `schemas-${process.pid}.mjs`);
  const lines = services.map(
    (name, at) => `export { configSchema as s${at} } from ${JSON.stringify(inRoot('apps', name, 'src', 'config'))};`,
  );
  writeFileSync(entry, `${lines.join('\n')}\nexport { namesOf, noteOf } from '@groundswell/config';\n`);
  try {
    await bundle({ [program]: entry });
    const { namesOf, noteOf, ...schemas } = await import(pathToFileURL(program).href);
    return { namesOf, noteOf, schemas: services.map((name, at) => [name, schemas[`s${at}`]]) };
  } finally {
    for (const file of [entry, program, `${program}.map`]) rmSync(file, { force: true });
  }
}

function defaultOf(field, { shownDefault }) {
  if (shownDefault) return shownDefault;
  const { success, data } = field.safeParse(undefined);
  if (!success) return 'required';
  if (data === undefined) return '';
  return Array.isArray(data) ? data.join(',') : String(data);
}

/**
 * Every variable of every service, by name: `{name, names, uses: [{service, default}], meaning, expected, isSecret}`. `names`
 * are all it is read from, the first one that is set wins.
 */
export async function readSettings() {
  const services = globSync(inRoot('apps/*/src/config.ts'))
    .map((file) => file.split('/').at(-3))
    .sort();
  const shared = new Map(globSync(SHARED.map((path) => inRoot(path))).flatMap((file) => [...meaningsIn(file)]));
  const { namesOf, noteOf, schemas } = await loadSchemas(services);
  const settings = new Map();
  for (const [service, schema] of schemas) {
    const own = meaningsIn(inRoot('apps', service, 'src', 'config.ts'));
    for (const [name, field] of Object.entries(schema.shape)) {
      const note = noteOf(field);
      const meaning = own.get(name) ?? shared.get(name);
      const setting = settings.get(name) ?? { ...note, name, names: namesOf(name, field), uses: [], meaning };
      setting.meaning ??= meaning;
      setting.uses.push({ service, default: defaultOf(field, note) });
      settings.set(name, setting);
    }
  }
  return [...settings.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
