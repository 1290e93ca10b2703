import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { readAliases, swcOptions } from '../build/sources.mjs';
import { inLocal, root } from '../paths.mjs';

// Preloaded into the workers of Jest (suites.mjs): lets Node import the TypeScript of this repository as it stands.

const swc = { ...swcOptions(), sourceMaps: true };
const aliases = readAliases();

/** By URL of what was loaded, the file with its source map: stack traces show the lines of the source (shared-module-runtime.mjs). */
export const sourceMaps = new Map();
const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** As the bundler of the build resolves: without an extension, or an index. */
function sourceFile(specifier, parentURL) {
  const path = fileURLToPath(new URL(specifier, parentURL));
  return [path, `${path}.ts`, `${path}/index.ts`, path.replace(/\.js$/, '.ts')].find(isFile);
}

/** The same of every worker. */
function keepMap(url, path, map) {
  const file = inLocal('source-maps', `${relative(root, path)}.map`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, map);
  sourceMaps.set(url, file);
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const alias = aliases.get(specifier);
    // Types of a program in JavaScript lie beside it.
    if (alias) return { url: pathToFileURL(alias.replace(/\.d\.mts$/, '.mjs')).href, shortCircuit: true };
    const isSource = /^\.\.?(\/|$)/.test(specifier) && /\.ts(\?|$)/.test(context.parentURL ?? '');
    const file = isSource ? sourceFile(specifier, context.parentURL) : undefined;
    return file ? { url: pathToFileURL(file).href, shortCircuit: true } : nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    const path = url.startsWith('file:') ? fileURLToPath(new URL(url)) : '';
    if (!path.endsWith('.ts') || path.includes('/node_modules/')) return nextLoad(url, context);
    const { code, map } = transformSync(readFileSync(path, 'utf8'), { ...swc, filename: path });
    keepMap(url, path, map);
    return { format: 'module', source: code, shortCircuit: true };
  },
});
