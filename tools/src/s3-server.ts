import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startS3Server } from '../s3-server/s3-server';

/** `node dist/tools/s3-server.js --dir <folder> --port <n>`: a local S3 for development; its key comes from the environment. */
const { values } = parseArgs({
  options: { dir: { type: 'string' }, port: { type: 'string', default: '0' }, bucket: { type: 'string' } },
});
if (!values.dir) {
  process.stderr.write('usage: s3-server --dir <folder> [--port <n>] [--bucket <name>]\n');
  process.exit(2);
}
mkdirSync(values.dir, { recursive: true, mode: 0o700 });
const server = await startS3Server({
  dir: values.dir,
  port: Number(values.port),
  bucket: values.bucket,
  region: process.env['OBJECT_STORE_REGION'],
  accessKeyId: process.env['OBJECT_STORE_ACCESS_KEY_ID'],
  secretAccessKey: process.env['OBJECT_STORE_SECRET_ACCESS_KEY'],
});
process.stdout.write(`S3 of bucket ${server.bucket} at ${server.url}, objects in ${values.dir}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop());
