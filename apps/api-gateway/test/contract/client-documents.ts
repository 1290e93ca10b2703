import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Kind, parse, print, type DocumentNode } from 'graphql';

export interface ClientDocument {
  /** Where it stands in the package. */
  name: string;
  text: string;
}

const require = createRequire(import.meta.url);
const folderOf = (packageName: string): string => dirname(require.resolve(`${packageName}/package.json`));

/** Documents `@proca/api` exports, as it sends them. */
export function documentsOfProcaApi(): ClientDocument[] {
  return ['admin', 'widget'].flatMap((file) => {
    const exported = require(join(folderOf('@proca/api'), 'dist/queries', file)) as Record<string, DocumentNode>;
    return Object.entries(exported)
      .filter(([, value]) => value?.kind === Kind.DOCUMENT)
      .map(([name, document]) => ({ name: `${file} ${name}`, text: print(document) }));
  });
}

/** Documents written in the sources of the CLI: tagged ones, files of them, and two sent as plain text. */
export function documentsOfCli(): ClientDocument[] {
  const source = join(folderOf('proca'), 'src');
  const files = readdirSync(join(source, 'commands'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files.flatMap((file) => {
    const texts = file.endsWith('.graphql') ? operationsOf(readFileSync(file, 'utf8')) : textsOfModule(source, file);
    return texts.map((text, index) => ({ name: `${relative(source, file)} ${index + 1}`, text }));
  });
}

const operationsOf = (text: string): string[] => parse(text).definitions.map((definition) => print(definition));

/** A document starts with its keyword, or is an anonymous query right after `const query =`. */
const template = /(?:gql|const query = )`((?:[^`\\]|\\.)*)`/g;

function textsOfModule(source: string, file: string): string[] {
  const code = readFileSync(file, 'utf8');
  return [...code.matchAll(template)].map(([, text = '']) => filled(text, code, source));
}

/** With what stands in for `${…}`: an imported fragment's text, or a number for an id. */
function filled(text: string, code: string, source: string): string {
  const fragments: string[] = [];
  const withoutHoles = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    if (name === 'id') return '1';
    fragments.push(importedFragment(name, code, source));
    return '';
  });
  return [withoutHoles, ...fragments].join('\n');
}

function importedFragment(name: string, code: string, source: string): string {
  const [, names = '', file = ''] =
    [...code.matchAll(/import \{([^}]+)\} from "#src\/(queries\/\w+\.mjs)"/g)].find(([, imported = '']) =>
      new RegExp(`\\b${name}\\b`).test(imported),
    ) ?? [];
  const original = new RegExp(`(\\w+) as ${name}\\b`).exec(names)?.[1] ?? name;
  const declared = new RegExp(`export const ${original} = gql\`([^\`]*)\``);
  const text = declared.exec(readFileSync(join(source, file), 'utf8'))?.[1];
  if (!text) throw new Error(`no fragment ${name} in ${file}`);
  return text;
}
