import { fork } from 'node:child_process';
import { inRoot } from '../../tools/paths.mjs';

/**
 * Runs a program of the bench (floor, load client) as a process of its own and asks it things. It ends when the bench does,
 * however that ends.
 */
export function startProgram(...path) {
  const file = inRoot('bench', ...path);
  const child = fork(file, { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'inherit' });
  const waiting = new Map();
  let lastId = 0;
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(`${path.at(-1)}: ${error}`));
    else resolve(result);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  void exited.then((code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${path.at(-1)} ended with ${code}`));
    waiting.clear();
  });
  return {
    pid: child.pid,
    /** The reply to one question. */
    ask: (ask, input) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, ask, input }, (error) => error && reject(error));
      }),
    stop: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
