import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['.cache/', 'build/', 'dist/', 'relay/dist/', 'imports/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An index that a loop bound has just proven is asserted, not tested again.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowStaticOnly: true, allowConstructorOnly: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { module: 'writable', require: 'readonly', process: 'readonly', console: 'readonly' } },
  },
  // The arrows of ARCHITECTURE.md: the library and the relay meet in Kubernetes objects only, and turn/ does no I/O.
  {
    files: ['lib/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/relay/**', 'node:*'] }] },
  },
  {
    files: ['lib/gitops/**/*.ts', 'lib/dataplane/relay-image.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/relay/**'] }] },
  },
  {
    files: ['relay/src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/lib/**', 'cdk8s*', 'constructs'] }] },
  },
  {
    files: ['relay/src/turn/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', '**/io/**', '**/config/**', '**/cli/**', '**/log/**'] },
      ],
    },
  },
);
