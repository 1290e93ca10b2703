import { createServer } from 'node:net';

/**
 * Our ports come from below the range the kernel hands out for outgoing connections (32768 and up on Linux): there, a port
 * that is free now can be some client's by the time a killed server wants it back.
 */
const FIRST = 20_000;
const LAST = 29_999;

/**
 * A port is free until somebody listens on it, which takes a program seconds. So workers of Jest, which look for ports side by
 * side, have a range each; all else shares the first.
 */
const RANGES = 8;
const width = Math.floor((LAST - FIRST + 1) / RANGES);
const first = FIRST + (Number(process.env.JEST_WORKER_ID ?? 0) % RANGES) * width;
const handedOut = new Set();

/** True when nothing listens on this loopback port. Left-over closed connections do not count, as for the servers themselves. */
export function isPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port nobody listens on, not handed out by this process before. */
export async function findFreePort() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = first + Math.floor(Math.random() * width);
    if (!handedOut.has(port) && (await isPortFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free port on 127.0.0.1 between ${first} and ${first + width - 1}`);
}

/**
 * One port per name: the remembered one while it is still free (addresses people noted stay good over a restart), else another.
 */
export async function choosePorts(names, remembered = {}) {
  const ports = {};
  for (const name of names) {
    const known = remembered[name];
    ports[name] = known && (await isPortFree(known)) ? known : await findFreePort();
  }
  return ports;
}
