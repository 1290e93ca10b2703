import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import globals from 'globals';
import ts from 'typescript-eslint';

const testFiles = [
  '**/*.spec.ts',
  '**/*.int-spec.ts',
  '**/*.e2e-spec.ts',
  '**/*.crash-spec.ts',
  '**/test/**/*.ts',
  'libs/testing/**',
  'apps/e2e/**',
  'tools/src/**',
];
const frameworks = [
  '@nestjs/*',
  'amqplib',
  'amqp-connection-manager',
  'pg',
  'typeorm',
  'ioredis',
  'fastify',
  'mercurius',
];

const boundaries = (allowTesting) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      // Tests of libs start servers by tools/infra and use libs/testing, which use those libs; cycles of files are found by
      // tools/check/import-cycles.mjs.
      ignoredCircularDependencies: ['tools', 'testing'].flatMap((name) => [
        [name, 'tag:type:infra'],
        [name, 'tag:type:platform'],
        [name, 'tag:type:service'],
        [name, name === 'tools' ? 'testing' : 'tools'],
      ]),
      allow: [],
      checkDynamicDependenciesExceptions: [],
      depConstraints: [
        {
          sourceTag: 'type:app',
          onlyDependOnLibsWithTags: [
            'type:contracts',
            'type:domain',
            'type:platform',
            'type:infra',
            'type:service',
            ...(allowTesting ? ['type:testing'] : []),
          ],
        },
        {
          sourceTag: 'type:service',
          onlyDependOnLibsWithTags: [
            'type:contracts',
            'type:domain',
            'type:platform',
            'type:infra',
            ...(allowTesting ? ['type:testing'] : []),
          ],
        },
        { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [], bannedExternalImports: frameworks },
        { sourceTag: 'type:domain', onlyDependOnLibsWithTags: [], bannedExternalImports: frameworks },
        { sourceTag: 'type:platform', onlyDependOnLibsWithTags: allowTesting ? ['type:testing'] : [] },
        {
          sourceTag: 'type:infra',
          onlyDependOnLibsWithTags: [
            'type:domain',
            'type:contracts',
            'type:platform',
            ...(allowTesting ? ['type:testing'] : []),
          ],
        },
        {
          sourceTag: 'type:testing',
          onlyDependOnLibsWithTags: ['type:contracts', 'type:domain', 'type:platform', 'type:infra', 'type:testing'],
        },
        {
          sourceTag: 'type:tools',
          onlyDependOnLibsWithTags: ['type:contracts', 'type:domain', 'type:platform', 'type:infra'],
        },
        {
          sourceTag: 'type:e2e',
          onlyDependOnLibsWithTags: [
            'type:contracts',
            'type:domain',
            'type:platform',
            'type:infra',
            'type:service',
            'type:testing',
            'type:tools',
          ],
        },
      ],
    },
  ],
});

export default [
  { ignores: ['**/dist', '**/node_modules', '**/.local', '**/.nx', 'bench/report'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...boundaries(false),
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'List public names one by one.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Read the environment through libs/config only.',
        },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: ['error', 'multi-line'],
    },
  },
  { files: ['libs/config/**/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: testFiles,
    plugins: { '@nx': nx },
    rules: { ...boundaries(true), 'max-lines': 'off', 'max-lines-per-function': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs', 'tools/**/*.js', 'bench/**/*.mjs'],
    languageOptions: { globals: { ...globals.node } },
  },
];
