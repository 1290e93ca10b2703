import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const bootId = () => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};

/** State letter and start time (clock ticks since boot). The command may hold blanks and brackets, so cut after the last ')'. */
function readProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], start: `${bootId()}/${fields[19]}` };
}

function readPs(pid) {
  const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return {
    state: line[0],
    start: line
      .slice(1)
      .trim()
      .replace(/^\S*\s+/, ''),
  };
}

/**
 * What tells this process from a later one with the same pid: its start time. Null when there is no such process, or when it
 * is a zombie (it has ended, only its parent has not looked yet).
 */
export function startToken(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    const { state, start } = process.platform === 'linux' ? readProc(pid) : readPs(pid);
    return state === 'Z' || state === 'X' ? null : start;
  } catch {
    return null;
  }
}

/** What a pid file holds. */
export const identify = (pid) => ({ pid, start: startToken(pid) });

/** True when exactly the process that was noted is alive, not merely one that got its pid since. */
export const isAlive = (identity) => {
  if (!identity?.pid || !identity.start) return false;
  return startToken(identity.pid) === identity.start;
};

/** The command line of a process, blanks between arguments; '' when it cannot be read. */
export function commandOf(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
