import { constants } from 'node:os';

/** A person or the system asked the tool to end. */
export class Interrupted extends Error {
  name = 'AbortError';
  constructor(signal) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * An AbortSignal that Ctrl-C, a closed terminal or a plain kill set off. Repeating them changes nothing: every step of a
 * clean end has its own deadline, and skipping one would leave servers behind.
 */
export function onInterruption() {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => controller.abort(new Interrupted(name)));
  }
  return controller.signal;
}
