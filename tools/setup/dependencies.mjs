import { inRoot } from '../paths.mjs';
import { readJson } from '../process/json-file.mjs';
import { runCommand } from './command.mjs';

/**
 * What differs between the lockfile and what npm noted it has installed: the first package found, or null.
 * Comparing the two needs no stamp of ours, and sees through a git checkout that only touched the file's time.
 */
export function firstMismatch(lockfile, installed) {
  if (!installed?.packages) return 'node_modules is missing';
  for (const [path, wanted] of Object.entries(lockfile.packages)) {
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

/** Why `npm ci` has to run, or null. */
export const whyInstall = () =>
  firstMismatch(readJson(inRoot('package-lock.json')), readJson(inRoot('node_modules', '.package-lock.json')));

/** Installs what the lockfile names. Development packages too, whatever NODE_ENV says: the build needs them. */
export async function installDependencies(signal) {
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // npm names its own program to the scripts it runs; else the one on PATH.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') && /npm-cli/.test(npm) ? [process.execPath, npm] : ['npm'];
  await runCommand(command, [...first, ...args], { signal });
}
