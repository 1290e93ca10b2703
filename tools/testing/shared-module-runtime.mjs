import { pathToFileURL } from 'node:url';
import JestRuntime from 'jest-runtime';
import { sourceMaps } from './typescript-hooks.mjs';

let loaded = 0;

/**
 * Test files are loaded by Node itself (typescript-hooks.mjs): a package or a source file is read and evaluated once in a worker,
 * not once for every test file, which took half the processor time of a run (docs/adr/0017). Test files and set-up files are
 * evaluated each time they run.
 *
 * Module state is therefore shared by the files of one worker, and `jest.mock` has no effect.
 */
export default class SharedModuleRuntime extends JestRuntime {
  getSourceMaps() {
    return sourceMaps;
  }

  unstable_shouldLoadAsEsm(path) {
    return path.endsWith('.ts');
  }

  async unstable_importModule(path) {
    // What Jest gives the file that runs; modules that outlive the file find it under the same names.
    Object.assign(globalThis, this.requireModuleOrMock(path, '@jest/globals'));
    loaded += 1;
    return import(`${pathToFileURL(path).href}?load=${loaded}`);
  }
}
