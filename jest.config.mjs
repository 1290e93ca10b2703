const root = import.meta.dirname ?? new URL('.', import.meta.url).pathname.slice(0, -1);

const shared = {
  rootDir: root,
  runtime: `${root}/tools/testing/shared-module-runtime.mjs`,
  testEnvironment: `${root}/tools/testing/shared-module-environment.mjs`,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  // Node loads the tests, compiled by tools/testing/typescript-hooks.mjs.
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.local'],
};

export default {
  testSequencer: `${root}/tools/testing/longest-first.mjs`,
  // For what never ends: a busy machine stands still for seconds, and makes a second of work a minute. Longer than the patience
  // of `waitFor`, so that a wait says what did not come.
  testTimeout: 300_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts', '<rootDir>/tools/src/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/libs/messaging/docs/'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs}/**/*.int-spec.ts', '<rootDir>/libs/messaging/docs/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/e2e/**/*.e2e-spec.ts'],
    },
    {
      ...shared,
      displayName: 'crash',
      testMatch: ['<rootDir>/apps/e2e/**/*.crash-spec.ts'],
    },
  ],
};
