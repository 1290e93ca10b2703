import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { root, inRoot } from '../paths.mjs';

/** `@groundswell/x` → its source file, as the compiler sees it. */
function readAliases() {
  const { compilerOptions } = JSON.parse(readFileSync(inRoot('tsconfig.base.json'), 'utf8'));
  return new Map(Object.entries(compilerOptions.paths ?? {}).map(([name, [file]]) => [name, inRoot(file)]));
}

/** Packages of libs/crypto that a program which does not use them leaves out: libsodium takes 10 MB as soon as it is loaded. */
const leftOutUnused = new Set(['libsodium-wrappers', 'bcryptjs']);

/** Our libs go into the bundle; every other bare name stays an import, so packages are those that node_modules holds. */
const resolveOurs = (aliases) => ({
  name: 'groundswell-libs',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined;
      if (aliases.has(path)) return { path: aliases.get(path) };
      return { path, external: true, sideEffects: !leftOutUnused.has(path) };
    });
  },
});

/** esbuild emits no decorator metadata, which Nest injects by; swc does, with the same settings as in the tests. */
const compileWithSwc = (transform, options) => ({
  name: 'swc',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { code } = await transform(source, { ...options, filename: path, swcrc: false, configFile: false });
      return { contents: code, loader: 'js' };
    });
  },
});

/** Bundles TypeScript programs. `programs` maps output files (absolute) to entry files (absolute). */
export async function bundle(programs) {
  const [{ build }, swc] = await Promise.all([import('esbuild'), import('@swc/core')]);
  const options = JSON.parse(readFileSync(inRoot('.swcrc'), 'utf8'));
  delete options.$schema;
  const plugins = [resolveOurs(readAliases()), compileWithSwc(swc.transform, options)];
  await Promise.all(
    Object.entries(programs).map(([outfile, entry]) =>
      build({
        absWorkingDir: root,
        entryPoints: [entry],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        sourcemap: true,
        // A service holds its program and, for stack traces, its map in memory: without comments and without the sources.
        sourcesContent: false,
        minifyWhitespace: true,
        keepNames: true,
        loader: { '.graphql': 'text', '.sql': 'text' },
        plugins,
        logLevel: 'warning',
      }),
    ),
  );
}
