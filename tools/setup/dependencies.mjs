import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../paths.mjs';
import { readJson } from '../process/json-file.mjs';
import { runCommand } from './command.mjs';

/** What differs between the lockfile and what npm noted it has installed: the first package found, or null. */
export function firstMismatch(wantedTree, installed) {
  if (!installed?.packages) return 'node_modules is missing';
  for (const [path, wanted] of Object.entries(wantedTree.packages)) {
    if (path === '' || wanted.link) continue;
    const found = installed.packages[path];
    // Optional packages are for other platforms when they are missing.
    if (!found && !wanted.optional) return `${path} is missing`;
    if (found && (found.version !== wanted.version || found.integrity !== wanted.integrity)) {
      return `${path} is ${found.version}, not ${wanted.version}`;
    }
  }
  return null;
}

const lockfile = inRoot('package-lock.json');
const installedFile = inRoot('node_modules', '.package-lock.json');
const stampFile = inRoot('node_modules', '.groundswell-lockfile');

const hashOfLockfile = () => createHash('sha256').update(readFileSync(lockfile)).digest('hex');

/**
 * Why `npm ci` has to run, or null. The stamp says that it ran for this very lockfile; without one (somebody used npm by hand) the
 * two lists are compared. The list alone is not enough: a lockfile may name packages that npm, rightly, does not install.
 */
export function whyInstall() {
  const installed = readJson(installedFile);
  if (installed && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashOfLockfile()) return null;
  return firstMismatch(readJson(lockfile), installed);
}

/** Installs what the lockfile names. Development packages too, whatever NODE_ENV says: the build needs them. */
export async function installDependencies(signal) {
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // npm names its own program to the scripts it runs; else the one on PATH.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
  await runCommand(command, [...first, ...args], { signal });
  writeFileSync(stampFile, hashOfLockfile());
}
