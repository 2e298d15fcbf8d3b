import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{app,bench,db,lib}/**/*.test.ts'],
    globalSetup: './db/testing/global.ts',
    pool: 'forks',
    maxWorkers: 2,
    // Real servers on busy machines: a test that hangs is still found, a slow one is not called broken.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
