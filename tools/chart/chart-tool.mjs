import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inLocal, inRoot } from '../paths.mjs';
import { readJson } from '../process/json-file.mjs';

/**
 * The Go program of tools/helm: Helm's own engine and linter, and Kubernetes' own schemas. Compiled once (25 s on two cores without a
 * Go cache) and kept in .local/bin. What it needs comes from the Go module proxy: Kubernetes' API description and the custom resource
 * definitions of the operators, whose versions are in tools/helm/schemas.json.
 */
const sources = inRoot('tools', 'helm');
const OLDEST_GO = [1, 24];
const DOWNLOAD_LIMIT_MS = 300_000;
const BUILD_LIMIT_MS = 600_000;
const RUN_LIMIT_MS = 120_000;
const MOST_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Go is not always on the PATH of those it is installed for. */
const findGo = () =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/local/go/bin', '/usr/lib/go/bin']
    .map((dir) => join(dir, 'go'))
    .find((file) => existsSync(file));

function go(args, timeout) {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOWORK: 'off' };
  const result = spawnSync(findGo(), args, {
    cwd: sources,
    env,
    encoding: 'utf8',
    timeout,
    maxBuffer: MOST_OUTPUT_BYTES,
  });
  const problem =
    result.error?.message ?? (result.status === 0 ? null : result.stderr.trim().split('\n').slice(-5).join('\n'));
  return { output: result.stdout ?? '', problem };
}

function whyNoGo() {
  if (!findGo()) return 'Go is not installed';
  const { output } = go(['env', 'GOVERSION'], 10_000);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output)?.map(Number) ?? [];
  const isOld = !(major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1]));
  return isOld ? `${output.trim() || 'this Go'} is older than ${OLDEST_GO.join('.')}` : null;
}

/** Files of the schemas in the module cache; downloads what is not there. */
function fetchSchemas() {
  const wanted = readJson(join(sources, 'schemas.json'));
  const { output, problem } = go(
    ['mod', 'download', '-json', ...wanted.map(({ module }) => module)],
    DOWNLOAD_LIMIT_MS,
  );
  if (problem) return { problem };
  // One JSON object after another.
  const dirs = new Map(
    output
      .split(/^(?=\{)/m)
      .filter((text) => text.trim() !== '')
      .map((text) => JSON.parse(text))
      .map(({ Path, Version, Dir }) => [`${Path}@${Version}`, Dir]),
  );
  const files = (kind) => wanted.flatMap((one) => (one[kind] ?? []).map((file) => join(dirs.get(one.module), file)));
  return { openapi: files('openapi'), crds: files('crds') };
}

const digestOfSources = () => {
  const hash = createHash('sha256').update(process.arch);
  for (const file of globSync('**/*.{go,mod,sum}', { cwd: sources }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(sources, file)));
  }
  return hash.digest('hex').slice(0, 16);
};

function compile(program) {
  mkdirSync(inLocal('bin'), { recursive: true });
  // Unoptimised: it runs for seconds, and compiles in two thirds of the time.
  const draft = `${program}.${process.pid}`;
  const { problem } = go(['build', '-gcflags=all=-N -l', '-ldflags=-s -w', '-o', draft, '.'], BUILD_LIMIT_MS);
  if (problem) throw new Error(`tools/helm does not compile: ${problem}`);
  renameSync(draft, program);
}

/** `{run(request)}` (Request of tools/helm/main.go → its Answer), or `{missing: why}` where it cannot be had. */
export function chartTool() {
  const missing = whyNoGo();
  if (missing) return { missing };
  const downloaded = go(['mod', 'download'], DOWNLOAD_LIMIT_MS);
  if (downloaded.problem) return { missing: `Helm's Go module cannot be had: ${downloaded.problem}` };
  const schemas = fetchSchemas();
  if (schemas.problem) return { missing: `the schemas' Go modules cannot be had: ${schemas.problem}` };
  const program = inLocal('bin', `chart-tool-${digestOfSources()}`);
  if (!existsSync(program)) compile(program);
  return {
    run(request) {
      const input = JSON.stringify({ chart: inRoot('k8s', 'groundswell'), ...schemas, ...request });
      const result = spawnSync(program, {
        input,
        encoding: 'utf8',
        timeout: RUN_LIMIT_MS,
        maxBuffer: MOST_OUTPUT_BYTES,
      });
      if (result.status !== 0) throw new Error(`tools/helm: ${result.error?.message ?? result.stderr}`);
      return JSON.parse(result.stdout);
    },
  };
}
