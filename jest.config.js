/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/!(cluster)/**/*.test.ts', '<rootDir>/test/*.test.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
  moduleNameMapper: { '^cdk8s-stunner$': '<rootDir>/lib/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/relay/dist/'],
  // Real calls between browsers have a run of their own: jest.e2e.config.js.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/calls/'],
  testTimeout: 30_000,
};
