import { readFileSync } from 'node:fs';

const MIB_KB = 1024;

/**
 * Memory of a process in MiB, as the kernel counts it: `anon` is its own, `file` are pages of programs and libraries, which every
 * process that runs the same ones shares; `pss` counts those by its share. Null where there is no /proc.
 */
export function residentMemory(pid) {
  if (process.platform !== 'linux') return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    rss: field(status, 'VmRSS'),
    anon: field(status, 'RssAnon'),
    file: field(status, 'RssFile') + field(status, 'RssShmem'),
    pss: field(rollup, 'Pss'),
  };
}

function field(text, name) {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text);
  if (!found) throw new Error(`no ${name} among what the kernel says of a process`);
  return Number(found[1]) / MIB_KB;
}
