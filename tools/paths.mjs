import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, wherever it lies. No tool relies on the current directory: npm, CI and editors set it differently. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const inRoot = (...parts) => join(root, ...parts);

/** All that a run leaves behind. GROUNDSWELL_LOCAL moves it, so two fleets can run beside each other from one checkout. */
export const localDir = process.env.GROUNDSWELL_LOCAL || inRoot('.local');
export const inLocal = (...parts) => join(localDir, ...parts);

/** Where built programs are. GROUNDSWELL_DIST lets the tests of these tools start other programs than the fleet's. */
export const distDir = process.env.GROUNDSWELL_DIST || inRoot('dist');
export const inDist = (...parts) => join(distDir, ...parts);

/** A program from node_modules/.bin, run by its file: PATH cannot be relied on when a tool is started without npm. */
export function packageBin(name) {
  const file = inRoot('node_modules', '.bin', name);
  if (!existsSync(file)) throw new Error(`${name} is not installed: run npm ci`);
  return file;
}
