import { readFileSync } from 'node:fs';
import { inRoot } from '../paths.mjs';

const settingsIn = (file) => JSON.parse(readFileSync(inRoot(file), 'utf8'));

/** `@groundswell/x` → its source file, as the compiler sees it. */
export function readAliases() {
  const { compilerOptions } = settingsIn('tsconfig.base.json');
  return new Map(Object.entries(compilerOptions.paths ?? {}).map(([name, [file]]) => [name, inRoot(file)]));
}

/** Options of swc, the same for what is built and for what is tested. */
export function swcOptions() {
  const options = settingsIn('.swcrc');
  delete options.$schema;
  return { ...options, swcrc: false, configFile: false };
}
