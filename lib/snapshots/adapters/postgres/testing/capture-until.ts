import { z } from 'zod'
import { scopePatternsSchema } from '../../../port.ts'
import { postgresAdapter } from '../adapter.ts'

// Captures until the named boundary, says so, and then waits to be killed.
const request = z
  .object({
    portal: z.object({ id: z.string(), adminUrl: z.string(), databaseName: z.string(), scopePatterns: scopePatternsSchema }),
    snapshotId: z.string(),
    purpose: z.enum(['snapshot', 'safety']),
    previous: z.object({ id: z.string(), databaseName: z.string() }).nullable(),
    mayBar: z.enum(['when_needed', 'never']),
    barTimeoutMs: z.number(),
  })
  .parse(JSON.parse(process.argv[3] ?? ''))

await postgresAdapter.capture(request, {
  idempotencyKey: request.snapshotId,
  observe: async (boundary) => {
    if (boundary !== process.argv[2]) return
    process.stdout.write('there\n')
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  },
  signal: new AbortController().signal,
  mayCommit: async () => true,
})
