import { defineConfig } from '@playwright/test'

/** Apart from the journeys: these start and stop demos of their own, on the data the journeys left. */
export default defineConfig({
  testDir: '.',
  workers: 1,
  retries: 0,
  // The first start may have to make the demo data.
  timeout: 10 * 60_000,
  reporter: [['list'], ['json']],
})
