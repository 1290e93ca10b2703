import { linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive } from './identity.mjs';
import { readJson, writeJson } from './json-file.mjs';

export class OwnedError extends Error {
  constructor(what, owner) {
    super(`${what} belongs to process ${owner.pid}, which is running`);
    this.owner = owner;
  }
}

/** Who holds this file now: {pid, start, …}, or null. A holder that was killed holds nothing. */
export function ownerOf(file) {
  const owner = readJson(file);
  return isAlive(owner) ? owner : null;
}

/** Moves a lock aside and looks at it there: between reading and removing it, somebody else may have taken it afresh. */
function removeStale(file) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (ownerOf(aside)) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Takes a file as a lock for this process and returns the function that gives it back. Linking a finished file into place is
 * atomic and never shows half a lock, so of two that start at once exactly one wins.
 */
export function claim(file, what, facts = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}.mine`;
  writeJson(mine, { ...identify(process.pid), ...facts });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      try {
        linkSync(mine, file);
        return () => {
          if (readJson(file)?.pid === process.pid) rmSync(file, { force: true });
        };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = ownerOf(file);
      if (owner) throw new OwnedError(what, owner);
      removeStale(file);
    }
    throw new Error(`cannot take ${what}: ${file} keeps coming back`);
  } finally {
    rmSync(mine, { force: true });
  }
}
