import reactHooks from 'eslint-plugin-react-hooks'
import typescript from 'typescript-eslint'

export default [
  { ignores: ['dist/', 'node_modules/'] },
  ...typescript.configs.recommended.map((config) => ({ ...config, files: ['src/**/*.{ts,tsx}'] })),
  { files: ['src/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
]
