import { defineConfig } from 'vitest/config'

// The center answers the API; in development `npm run center` stands in for it.
const center = 'http://127.0.0.1:8089'

export default defineConfig({
  base: './',
  build: {
    rolldownOptions: { input: ['index.html', 'masuk.html', 'nodes.html'] },
    // Chromium of a video wall is kept for years.
    target: 'es2022',
    // data: URIs would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licences of what is bundled travel with it.
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/api': center } },
  test: { include: ['test/**/*.test.ts'] },
})
