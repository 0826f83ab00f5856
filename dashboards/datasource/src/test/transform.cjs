// Translates for jest, with the compiler that checks the types: our sources, and
// what of Grafana's dependencies comes as ES modules only.

const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const typescript = require('typescript')

const compilerOptions = {
  target: 'ES2022',
  module: 'CommonJS',
  jsx: 'react-jsx',
  esModuleInterop: true,
  allowJs: true,
  inlineSourceMap: true,
}

const self = readFileSync(__filename)

module.exports = {
  process: (text, fileName) =>
    /\.[cm]?js$/.test(fileName) && !/\b(import|export)\b/.test(text)
      ? { code: text }
      : { code: typescript.transpileModule(text, { fileName: fileName.replace(/\.mjs$/, '.js'), compilerOptions }).outputText },
  getCacheKey: (text, fileName) => createHash('sha256').update(typescript.version).update(self).update(fileName).update(text).digest('hex'),
}
