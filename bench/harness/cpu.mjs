import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Fields of /proc/<pid>/stat after the command, from `state` on: [1] parent, [11] user, [12] system, [13]–[14] ended children. */
const readStat = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

const sum = (fields, places) => places.reduce((total, place) => total + Number(fields[place]), 0);

/** CPU seconds of a process and its children, also of those that have ended. Null where there is no /proc. */
function cpuSeconds(pid) {
  if (process.platform !== 'linux') return null;
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readStat(name);
      if (Number(name) === pid) ticks += sum(fields, [11, 12, 13, 14]);
      else if (Number(fields[1]) === pid) ticks += sum(fields, [11, 12]);
    } catch {
      // It ended while we were looking.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

/** Starts a measurement over named pids; the returned function gives CPU seconds per name since then (10 ms steps). */
export function measureCpu(pids) {
  const named = Object.entries(pids);
  const before = named.map(([, pid]) => cpuSeconds(pid));
  return () =>
    Object.fromEntries(
      named.map(([name, pid], index) => {
        const now = cpuSeconds(pid);
        return [name, now === null ? null : Math.max(0, now - before[index])];
      }),
    );
}

/** Share of all cores that is busy now, measured for a second: other people's work on this machine makes figures noise. */
export async function machineBusyShare() {
  if (process.platform !== 'linux') return null;
  const read = () => readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1, 9).map(Number);
  const before = read();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const spent = read().map((value, index) => value - before[index]);
  const total = spent.reduce((a, b) => a + b, 0);
  return 1 - (spent[3] + spent[4]) / total;
}
