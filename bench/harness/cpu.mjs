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

/** Ticks of the whole machine since boot: all there were, and those in which something ran. */
function machineTicks() {
  if (process.platform !== 'linux') return null;
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((a, b) => a + b, 0);
  return { total, busy: total - ticks[3] - ticks[4] };
}

/**
 * Starts a measurement over named pids; the returned function gives CPU seconds per name since then (10 ms steps), and the
 * share of the machine that went to anything but them and the bench itself: a figure measured beside other work is noise.
 */
export function measureCpu(pids) {
  const named = Object.entries({ ...pids, bench: process.pid });
  const before = named.map(([, pid]) => cpuSeconds(pid));
  const machineBefore = machineTicks();
  return () => {
    const machine = machineTicks();
    const spent = named.map(([, pid], index) => Math.max(0, cpuSeconds(pid) - before[index]));
    const ours = spent.reduce((a, b) => a + b, 0) * TICKS_PER_SECOND;
    const seconds = Object.fromEntries(named.map(([name], index) => [name, machine ? spent[index] : null]));
    delete seconds.bench;
    const all = machine && machine.total - machineBefore.total;
    const othersShare = machine && Math.max(0, (machine.busy - machineBefore.busy - ours) / Math.max(1, all));
    return { seconds, othersShare };
  };
}

/** Share of all cores that is busy now, measured for a second. */
export async function machineBusyShare() {
  const before = machineTicks();
  if (!before) return null;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = machineTicks();
  return (after.busy - before.busy) / (after.total - before.total);
}

/** What measureCpu found, as µs per piece of work. */
export const perPiece = ({ seconds, othersShare }, pieces) => ({
  cpuMicros: Object.fromEntries(
    Object.entries(seconds).map(([name, value]) => [name, value === null ? null : (value * 1e6) / pieces]),
  ),
  othersShare,
});
