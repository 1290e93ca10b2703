import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));
delete swc.$schema;
const root = import.meta.dirname ?? new URL('.', import.meta.url).pathname.slice(0, -1);
const libs = [
  ...['contracts', 'domain', 'config', 'observability', 'messaging', 'persistence', 'crypto'],
  ...['http', 'jobs', 'object-store', 'service', 'submissions', 'testing'],
];

/** Node 20 cannot `require` ESM from CommonJS inside Jest's module registry; Node 24 can, but both accept this. */
const esmOnlyPackages = ['jose', 'content-disposition', 'cookie'].join('|');

const shared = {
  rootDir: root,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  moduleNameMapper: {
    ...Object.fromEntries(libs.map((lib) => [`^@groundswell/${lib}$`, `<rootDir>/libs/${lib}/src/index.ts`])),
    '^@groundswell/fleet$': '<rootDir>/tools/fleet.mjs',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }],
    [`/node_modules/(${esmOnlyPackages})/.+\\.js$`]: ['@swc/jest', { swcrc: false, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnlyPackages})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.local'],
};

export default {
  testSequencer: `${root}/tools/testing/longest-first.mjs`,
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
      setupFilesAfterEnv: ['<rootDir>/libs/testing/src/jest-timeouts.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/e2e/**/*.e2e-spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/libs/testing/src/jest-timeouts.ts'],
    },
    {
      ...shared,
      displayName: 'crash',
      testMatch: ['<rootDir>/apps/e2e/**/*.crash-spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/libs/testing/src/jest-timeouts.ts'],
    },
  ],
};
