import { constants } from 'node:os';

const PARENT_CHECK_MS = 500;

/** A person or the system asked the tool to end. */
export class Interrupted extends Error {
  name = 'AbortError';
  constructor(reason, signal) {
    super(`ended by ${reason}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * True when this process has no business without its parent: npm, or the same tool under another Node (see bootstrap).
 * Killing npm kills the shell it runs scripts in, which passes nothing on, so the end of the parent is all we get to see.
 */
const livesWithParent = () =>
  Boolean(process.env.GROUNDSWELL_REEXECUTED || process.env.npm_lifecycle_event) && !process.env.GROUNDSWELL_DETACHED;

/** Calls `then` once the process that started this one has ended. */
export function onParentEnd(then) {
  if (!livesWithParent()) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/**
 * An AbortSignal that Ctrl-C, a closed terminal or a plain kill set off. Repeating them changes nothing: every step of a
 * clean end has its own deadline, and skipping one would leave servers behind.
 */
export function onInterruption() {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => controller.abort(new Interrupted(name, name)));
  }
  onParentEnd(() => controller.abort(new Interrupted('the end of the process that started it', 'SIGTERM')));
  return controller.signal;
}
