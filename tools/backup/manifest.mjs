import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** In the folder of a backup: the dump, a file or a folder as pg_dump made it, and what it is. */
export const DUMP = 'database.dump';
const MANIFEST = 'manifest.json';
const FORMAT = 1;

function filesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

async function digestOf(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** `{path → {bytes, sha256}}` of all files of the dump, paths relative to the backup's folder. */
async function contentsOf(folder) {
  const contents = {};
  for (const file of filesIn(join(folder, DUMP))) {
    contents[relative(folder, file)] = { bytes: statSync(file).size, sha256: await digestOf(file) };
  }
  return contents;
}

/** `facts` are told by whoever made the dump: `{startedAt, finishedAt, database, server, pgDump, migrations, release}`. */
export async function writeManifest(folder, facts) {
  const manifest = { format: FORMAT, ...facts, files: await contentsOf(folder) };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}

/** The manifest of a backup whose files are all there, as they were written. Throws with everything that is not so. */
export async function readBackup(folder) {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) throw new Error(`${folder} is no backup: it has no ${MANIFEST}`);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  if (manifest.format !== FORMAT)
    throw new Error(`${file} is of format ${manifest.format}, this release reads ${FORMAT}`);
  const found = existsSync(join(folder, DUMP)) ? await contentsOf(folder) : {};
  const wrong = Object.entries(manifest.files).flatMap(([path, { bytes, sha256 }]) => {
    if (!found[path]) return [`${path} is missing`];
    if (found[path].bytes !== bytes) return [`${path} has ${found[path].bytes} bytes instead of ${bytes}`];
    return found[path].sha256 === sha256 ? [] : [`${path} is not what was written`];
  });
  if (wrong.length > 0) throw new Error(`this backup is damaged: ${wrong.join(', ')}`);
  return manifest;
}
