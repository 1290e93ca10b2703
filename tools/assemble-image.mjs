import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inDist, inRoot } from './paths.mjs';
import { readJson } from './process/json-file.mjs';

/**
 * `node tools/assemble-image.mjs <service | tools> <folder>`: puts together what an image holds (docker/Dockerfile): the built
 * program, the launcher, and of the installed packages those that the program imports, with what they need in turn. The tests
 * start services from such folders, so an image lacks nothing that they were started with.
 */

/** Beside the program: what serve.mjs and probe.mjs are made of. */
const LAUNCHER = ['tools/serve.mjs', 'tools/probe.mjs', 'tools/launching.mjs', 'tools/process/source-maps.mjs'];
const OF_TOOLS = ['tools/secrets.mjs', 'tools/secret-names.mjs'];
/** Programs of dist/tools that only a checkout can use: local stand-ins, the demo of `npm start`, and an example of a CRM's reader. */
const NOT_IN_IMAGES = ['mailgun-mock.js', 's3-server.js', 'demo.js', 'seed-demo.js', 'civicrm-sync.js'];
/** Of packages: types and maps are for editors and debuggers. */
const isNeeded = (file) => !/\.(d\.[cm]?ts|map|tsbuildinfo)$/.test(file);

/** Files of dist, as paths in it. */
export function programFiles(name) {
  if (name !== 'tools') {
    const dir = inDist('apps', name);
    if (!existsSync(dir)) throw new Error(`dist/apps/${name} is not there: is "${name}" a service, and is it built?`);
    return filesOf(dir).map((file) => `apps/${name}/${file}`);
  }
  const tools = filesOf(inDist('tools')).filter((file) => !NOT_IN_IMAGES.includes(file.replace(/\.map$/, '')));
  return ['libs/persistence/migrate.js', 'libs/persistence/migrate.js.map', ...tools.map((file) => `tools/${file}`)];
}

const filesOf = (dir) => readdirSync(dir, { recursive: true }).filter((file) => statSync(join(dir, file)).isFile());

/**
 * Packages of package.json that a program imports. One that finds files by `createRequire` may name their packages anywhere: then all
 * that it has in quotes count.
 */
export function packagesNamed(source, dependencies) {
  const before = source.includes('createRequire') ? '' : '(?:from|import\\(?)\\s*';
  const quote = '["\'`]';
  const isNamed = (name) => new RegExp(`${before}${quote}${name.replaceAll('.', '\\.')}(/|${quote})`).test(source);
  return dependencies.filter(isNamed);
}

/** Folders of these packages and of all they need in turn, by the lockfile; as `node` would find them. */
export function closureOf(names, packages, isInstalled) {
  const found = new Set();
  const queue = names.map((name) => ({ from: '', name, isOptional: false }));
  while (queue.length > 0) {
    const { from, name, isOptional } = queue.pop();
    const path = placeOf(from, name, packages);
    if (!path || !isInstalled(path)) {
      if (isOptional) continue;
      throw new Error(`${from || 'the program'} needs ${name}, which is not installed`);
    }
    if (found.has(path)) continue;
    found.add(path);
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = packages[path];
    const isOptionalPeer = (peer) => peerDependenciesMeta[peer]?.optional === true;
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies }))
      queue.push({ from: path, name: next, isOptional: next in optionalDependencies });
    // What a package would only use if it were there, a program that wants it names itself.
    for (const peer of Object.keys(peerDependencies).filter((one) => !isOptionalPeer(one)))
      queue.push({ from: path, name: peer, isOptional: true });
  }
  return [...found].sort();
}

function placeOf(from, name, packages) {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/node_modules/')))) {
    const path = `${dir && `${dir}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (dir === '') return undefined;
  }
}

/** Puts a file into a folder: as a hard link where that is wanted and possible, so tests put a gigabyte together in a second. */
function placer(mayLink) {
  const made = new Set();
  return (source, target) => {
    const dir = dirname(target);
    if (!made.has(dir)) mkdirSync(dir, { recursive: true });
    made.add(dir);
    if (!mayLink) return cpSync(source, target);
    try {
      return linkSync(source, target);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK'].includes(error.code)) throw error;
      return cpSync(source, target);
    }
  };
}

/** Returns the names of the packages that went in. */
export function assembleImage(name, target, { mayLink = false } = {}) {
  const place = placer(mayLink);
  const programs = programFiles(name);
  for (const file of programs) place(inDist(...file.split('/')), join(target, 'dist', file));
  const plain = ['package.json', ...LAUNCHER, ...(name === 'tools' ? OF_TOOLS : [])];
  for (const file of plain) place(inRoot(file), join(target, file));
  const { packages } = readJson(inRoot('package-lock.json'));
  const source = programs.filter((file) => file.endsWith('.js')).map((file) => readFileSync(inDist(file), 'utf8'));
  const named = packagesNamed(source.join('\n'), Object.keys(packages[''].dependencies));
  const folders = closureOf(named, packages, (path) => existsSync(inRoot(path, 'package.json')));
  for (const folder of folders) {
    for (const file of packageFiles(inRoot(folder))) place(inRoot(folder, file), join(target, folder, file));
  }
  return folders;
}

/** What is installed stays the same while this runs. */
const listed = new Map();

/** All files of a package but those of packages below it. */
function packageFiles(dir) {
  if (!listed.has(dir)) listed.set(dir, filesBelow(dir, ''));
  return listed.get(dir);
}

function filesBelow(dir, below) {
  return readdirSync(join(dir, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(dir, path);
    return entry.isFile() && isNeeded(entry.name) ? [path] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, target] = process.argv.slice(2);
  if (!name || !target) {
    process.stderr.write('usage: node tools/assemble-image.mjs <service | tools> <folder>\n');
    process.exit(2);
  }
  const folders = assembleImage(name, target);
  process.stdout.write(`${name}: ${folders.length} packages\n`);
}
