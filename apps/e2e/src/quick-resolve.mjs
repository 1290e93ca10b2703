import { registerHooks } from 'node:module';

/**
 * Preloaded into a client's process: Node 24 parses a package's `exports` again for every file of the package, which for
 * the 300 files of date-fns costs each process a second and more. A file that is imported relatively, from within a package
 * of ES modules, is what its name says, so the package need not be asked. What is imported stays the same.
 */
const moduleOfDateFns = /^file:.*\/node_modules\/date-fns\/.*\.js$/;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isWithin = specifier.startsWith('.') && moduleOfDateFns.test(context.parentURL ?? '');
    if (!isWithin) return nextResolve(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
  },
});
