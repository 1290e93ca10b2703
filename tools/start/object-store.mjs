import { join } from 'node:path';
import { choosePorts } from '../infra/ports.mjs';
import { runnable } from '../infra/runnable.mjs';
import { inDist } from '../paths.mjs';
import { endProcess, spawnDaemon } from '../process/daemon.mjs';
import { readJson, writeJson } from '../process/json-file.mjs';

/** Somebody's own, by the environment; the services get those variables as they are. */
export const isObjectStoreNamed = (env = process.env) => Boolean(env.OBJECT_STORE_ENDPOINT || env.OBJECT_STORE_BUCKET);

/** Starts the local S3 (tools/s3-server) on the objects in `dir`; `variables` is what a service needs to use it. */
export async function startObjectStore({ dir, logDir, pidDir, key, signal }) {
  const portFile = join(dir, 'port.json');
  const { port } = await choosePorts(['port'], readJson(portFile) ?? {});
  writeJson(portFile, { port });
  const url = `http://127.0.0.1:${port}`;
  const log = join(logDir, 'object-store.log');
  const variables = {
    OBJECT_STORE_ENDPOINT: url,
    OBJECT_STORE_REGION: 'us-east-1',
    OBJECT_STORE_BUCKET: 'groundswell',
    OBJECT_STORE_ACCESS_KEY_ID: key.id,
    OBJECT_STORE_SECRET_ACCESS_KEY: key.secret,
  };
  return runnable({
    name: 'object store',
    log,
    signal,
    launch: () =>
      spawnDaemon(process.execPath, [inDist('tools', 's3-server.js'), '--dir', join(dir, 'objects'), '--port', port], {
        log,
        env: { PATH: process.env.PATH, ...variables },
        pidFile: join(pidDir, 'object-store.json'),
      }),
    // It refuses who does not sign, and thereby shows that it is there.
    isReady: async () => (await fetch(url, { signal: AbortSignal.timeout(1000) })).status === 400,
    end: (identity) => endProcess(identity),
    facts: { url, log, variables },
  });
}
