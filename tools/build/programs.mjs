import { existsSync, readdirSync } from 'node:fs';
import { inDist, inRoot } from '../paths.mjs';

/** Programs beside the services: the migration, and each file directly in tools/src. */
export function extraPrograms() {
  const programs = {
    [inDist('libs', 'persistence', 'migrate.js')]: inRoot('libs', 'persistence', 'src', 'migrate.ts'),
  };
  const dir = inRoot('tools', 'src');
  const files = existsSync(dir) ? readdirSync(dir).filter((file) => /^[^.]+\.ts$/.test(file)) : [];
  for (const file of files) programs[inDist('tools', file.replace(/\.ts$/, '.js'))] = inRoot('tools', 'src', file);
  return programs;
}
