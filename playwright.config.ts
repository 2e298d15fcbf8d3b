import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import { demoEnvironment, deskPort } from './e2e/environment.ts'

const isRoot = process.getuid?.() === 0
// What is tried against programs that npm does not bring is left out where they are not installed, and said.
const hasServer = existsSync('/usr/lib/postgresql')
const hasRestic = hasServer && spawnSync('restic', ['version']).status === 0
const notHere = [...(hasRestic ? [] : ['journeys/restic-*.spec.ts']), ...(hasServer ? [] : ['journeys/any-moment.spec.ts'])]
if (notHere.length > 0)
  console.log(`Left out, since restic or PostgreSQL's own programs are not installed: ${notHere.join(', ')}`)

export default defineConfig({
  testDir: 'e2e',
  testIgnore: ['lifecycle/**', ...notHere],
  // The journeys play in one vendor's world, one after the other.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: `http://localhost:${deskPort}`,
    trace: 'retain-on-failure',
    launchOptions: {
      ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
      // Chromium's sandbox refuses to run as root.
      args: isRoot ? ['--no-sandbox'] : [],
    },
  },
  webServer: {
    command: 'node lib/cli/demo.mjs --reset',
    env: { ...demoEnvironment(), PORT: String(deskPort), LOG_LEVEL: 'warn' },
    url: `http://localhost:${deskPort}/api/health/ready`,
    timeout: 10 * 60_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: 'pipe',
  },
})
