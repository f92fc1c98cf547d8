/**
 * Calls between real browsers and media servers, one suite at a time: `npm run e2e`, some ten minutes. The short form, of two
 * minutes, is `npm run e2e -- transports refusals`.
 */
module.exports = {
  ...require('./jest.config'),
  testMatch: ['<rootDir>/test/e2e/calls/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
