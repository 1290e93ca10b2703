import { existsSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../../tools/paths.mjs';
import { waitUntil } from '../../tools/process/wait.mjs';

/** What a service needs in its environment to be profiled; NODE_OPTIONS reach it, a flag of its own would not. */
export const profiledEnv = (file) => ({
  NODE_OPTIONS: `--import ${pathToFileURL(inRoot('bench', 'harness', 'profile-hook.mjs')).href}`,
  BENCH_PROFILE_FILE: file,
});

/** Profiles a service that was started with `profiledEnv(file)` while `work` runs; returns work's result and the profile. */
export async function profileWhile(service, file, work) {
  rmSync(file, { force: true });
  process.kill(service.pid, 'SIGWINCH');
  try {
    return { result: await work(), profile: await stop(service, file) };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

async function stop(service, file) {
  process.kill(service.pid, 'SIGWINCH');
  const read = () => existsSync(file) && JSON.parse(readFileSync(file, 'utf8'));
  return waitUntil(`the profile ${file} is written`, read, { deadlineMs: 30_000, everyMs: 100 });
}

/** Where a bundled function came from, by the bundle's map: {originalSource, originalLine}, from 0. */
function sourceFinder() {
  const maps = new Map();
  return (url, line, column) => {
    if (!maps.has(url)) {
      const file = new URL(`${url}.map`);
      maps.set(url, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null);
    }
    return maps.get(url)?.findEntry(line, column) ?? null;
  };
}

const packageOf = (path) => {
  const inside = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length).split('/');
  return inside[0].startsWith('@') ? `${inside[0]}/${inside[1]}` : inside[0];
};

/** `libs/messaging/publishing`, `apps/api-gateway/accepting`: our own code by feature folder. */
const ourFolder = (path) => {
  const found = /(apps|libs)\/([^/]+)\/src\/(?:([^/]+)\/)?/.exec(path);
  return found ? [found[1], found[2], found[3]].filter(Boolean).join('/') : null;
};

/** Names of V8's own entries that are no function of anyone. */
const NATIVE = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code outside of calls (sockets, libuv)',
};
/** Nobody's work: waiting, and the profiler itself. */
const isIgnored = ({ functionName, url }) => functionName === '(idle)' || url === 'node:inspector';

/** Package, folder of ours or native function a frame belongs to; null for code without a file of its own. */
function placeOf({ functionName, url, scriptId, lineNumber, columnNumber }, findSource) {
  if (NATIVE[functionName]) return NATIVE[functionName];
  if (url.startsWith('node:')) return url.replace(/^node:internal\//, 'node:').replace(/^(node:[^/]+).*$/, '$1');
  if (url.startsWith('wasm:')) return 'libsodium (wasm)';
  if (url === '') return scriptId === '0' ? `native ${functionName || '(anonymous)'}` : null;
  if (url.includes('node_modules/')) return packageOf(url);
  const source = findSource(url, lineNumber, columnNumber)?.originalSource ?? url;
  if (source.includes('node_modules/')) return packageOf(source);
  return ourFolder(source) ?? 'other code of ours';
}

/** Group per node id. Code compiled at run time (zod, the GraphQL JIT) goes to whoever called it. */
function groupNodes(nodes, findSource) {
  const groups = new Map();
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const { id, callFrame } of nodes) {
    let place = placeOf(callFrame, findSource);
    for (let at = id; place === null; at = parents.get(at)) {
      const caller = byId.get(parents.get(at));
      place = caller ? placeOf(caller.callFrame, findSource) : 'code';
    }
    const isCompiled = callFrame.url === '' && callFrame.scriptId !== '0';
    groups.set(id, isCompiled ? `${place}: compiled at run time` : place);
  }
  return groups;
}

/** `accepting/submission-builder.ts:199`, for code of ours. */
function lineOf({ url, lineNumber, columnNumber }, findSource) {
  const found = url.startsWith('file:') && findSource(url, lineNumber, columnNumber);
  if (!found?.originalSource) return null;
  return `${found.originalSource.split('/').slice(-2).join('/')}:${found.originalLine + 1}`;
}

const ranked = (times, total) =>
  [...times].sort((a, b) => b[1] - a[1]).map(([name, time]) => ({ name, share: time / total, ms: time / 1000 }));

/**
 * Self time by package or folder of ours, and by function, as shares of the time the thread was not idle. The tops come in
 * falling order.
 */
export function aggregateProfile(profile, { groups = 15, functions = 15 } = {}) {
  const findSource = sourceFinder();
  const groupOf = groupNodes(profile.nodes, findSource);
  const selfTime = new Map();
  profile.samples.forEach((node, index) => {
    selfTime.set(node, (selfTime.get(node) ?? 0) + Math.max(0, profile.timeDeltas[index]));
  });
  const byGroup = new Map();
  const byFunction = new Map();
  let busy = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = selfTime.get(id) ?? 0;
    if (time === 0 || isIgnored(callFrame)) continue;
    const group = groupOf.get(id);
    busy += time;
    byGroup.set(group, (byGroup.get(group) ?? 0) + time);
    const name = `${callFrame.functionName || '(anonymous)'}  ${lineOf(callFrame, findSource) ?? group}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + time);
  }
  return {
    seconds: (profile.endTime - profile.startTime) / 1e6,
    busyShare: busy / (profile.endTime - profile.startTime),
    groups: ranked(byGroup, busy).slice(0, groups),
    functions: ranked(byFunction, busy).slice(0, functions),
  };
}
