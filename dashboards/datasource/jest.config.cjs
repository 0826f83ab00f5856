// Grafana's packages come partly as ES modules, which jest must translate too.
const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic' } },
    },
  },
]

module.exports = {
  testEnvironment: 'jsdom',
  testTimeout: 60_000, // a busy machine fails nothing
  roots: ['<rootDir>/src'],
  moduleNameMapper: { '\\.css$': '<rootDir>/src/test/style.cjs' },
  setupFiles: ['<rootDir>/src/test/jsdom.cjs'],
  transform: { '^.+\\.m?[tj]sx?$': swc },
  transformIgnorePatterns: [],
}
