/** Tests that need a control plane, which is built first: `npm run test:cluster`. */
module.exports = { ...require('./jest.config'), testMatch: ['<rootDir>/test/cluster/**/*.test.ts'] };
