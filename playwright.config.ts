import { defineConfig } from '@playwright/test'

const port = process.env.E2E_PORT || '3210'
const isRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: 'e2e',
  testIgnore: 'lifecycle/**',
  // The journeys play in one vendor's world, one after the other.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: `http://localhost:${port}`,
    trace: 'retain-on-failure',
    launchOptions: {
      ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
      // Chromium's sandbox refuses to run as root.
      args: isRoot ? ['--no-sandbox'] : [],
    },
  },
  webServer: {
    command: 'node lib/cli/demo.mjs --reset',
    env: { PORT: port, DATA_DIR: process.env.DATA_DIR || '.data/e2e', LOG_LEVEL: 'warn' },
    url: `http://localhost:${port}/api/health/ready`,
    timeout: 10 * 60_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: 'pipe',
  },
})
