/** `node tools/probe.mjs [path]`: exit code 0 when the service of this container answers 200 at the path (`/live`) of PORT. */
const LIMIT_MS = 4_000;

const url = `http://127.0.0.1:${process.env.PORT}${process.argv[2] ?? '/live'}`;
try {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
