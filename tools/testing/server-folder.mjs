import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';

const MEMORY = '/dev/shm';
const GIB = 1024 ** 3;
/** What the data of a whole run takes at most is well under half of it. */
const ROOM_NEEDED = 4 * GIB;
const FREE_MEMORY_NEEDED = 8 * GIB;

const inMemory = (dir) =>
  join(MEMORY, `groundswell-${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 12)}`);

function hasRoomInMemory() {
  if (process.platform !== 'linux' || !existsSync(MEMORY)) return false;
  try {
    accessSync(MEMORY, constants.W_OK);
  } catch {
    return false;
  }
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_NEEDED && freemem() >= FREE_MEMORY_NEEDED;
}

/**
 * Where the servers that a run starts for all its files have their data: in memory where there is plenty of it, else in the run's
 * folder. A run makes some four hundred databases of a thousand files each; a disk spends minutes on those. Servers that
 * crash tests kill are on the disk.
 */
export const serverFolder = (dir) => (hasRoomInMemory() ? inMemory(dir) : join(dir, 'servers'));

/** All places where a run may have left its servers' data. */
export const serverFolders = (dir) => [join(dir, 'servers'), inMemory(dir)];
