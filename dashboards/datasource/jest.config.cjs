module.exports = {
  testEnvironment: 'jsdom',
  testTimeout: 60_000, // a busy machine fails nothing
  roots: ['<rootDir>/src'],
  moduleNameMapper: { '\\.css$': '<rootDir>/src/test/style.cjs' },
  setupFiles: ['<rootDir>/src/test/jsdom.cjs'],
  transform: { '^.+\\.m?[tj]sx?$': '<rootDir>/src/test/transform.cjs' },
  transformIgnorePatterns: [],
}
