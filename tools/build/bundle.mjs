import { readFile } from 'node:fs/promises';
import { root } from '../paths.mjs';
import { readAliases, swcOptions } from './sources.mjs';

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
      const { code } = await transform(source, { ...options, filename: path });
      return { contents: code, loader: 'js' };
    });
  },
});

/** Bundles TypeScript programs. `programs` maps output files (absolute) to entry files (absolute). */
export async function bundle(programs) {
  const [{ build }, swc] = await Promise.all([import('esbuild'), import('@swc/core')]);
  const plugins = [resolveOurs(readAliases()), compileWithSwc(swc.transform, swcOptions())];
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
