import { renameSync } from 'node:fs'
import { z } from 'zod'
import type { RestoreRequest } from '../../../port.ts'
import { resticAdapter } from '../adapter.ts'
import { readIntents } from '../files/move-intent.ts'
import type { Repository } from '../repository.ts'

/** Met between the two renames of an exchange, where there is no boundary. */
export const betweenRenames = 'between the renames'

/** What a child is told: the request as JSON, with its consent in base64, and the boundary at which it kills itself. */
export type Dying = { repository: Repository; request: RestoreRequest; dieAt: string }

export function asArgument({ repository, request, dieAt }: Dying): string {
  const { consented, ...rest } = request
  const wiped = Buffer.from(consented.wiped).toString('base64')
  return JSON.stringify({ repository, request: JSON.stringify(rest), consented: { ...consented, wiped }, dieAt })
}

const argument = z.object({
  repository: z.object({
    address: z.string(),
    passwordFile: z.string(),
    sftpCommand: z.null(),
    patienceMs: z.number(),
    environment: z.record(z.string(), z.string()),
  }),
  request: z.string().transform((text) => z.custom<Omit<RestoreRequest, 'consented'>>().parse(JSON.parse(text))),
  consented: z.object({ digest: z.string(), wiped: z.string(), toleranceRows: z.number() }),
  dieAt: z.string(),
})

/** A restore that dies at one boundary: started by a test, which looks at what it leaves. */
async function restore(text: string): Promise<void> {
  const { repository, request, consented, dieAt } = argument.parse(JSON.parse(text))
  const whole = { ...request, consented: { ...consented, wiped: Buffer.from(consented.wiped, 'base64') } }
  const outcome = await resticAdapter(() => repository).restore(whole, {
    idempotencyKey: crypto.randomUUID(),
    signal: new AbortController().signal,
    mayCommit: async () => true,
    observe: async (boundary) => {
      if (boundary === 'files.exchange' && dieAt === betweenRenames) {
        const [intent] = await readIntents(request.portal.id, request.portal.filesPath ?? '')
        if (intent) renameSync(intent.root, intent.keptTree)
        process.kill(process.pid, 'SIGKILL')
      }
      if (boundary === dieAt) process.kill(process.pid, 'SIGKILL')
    },
  })
  throw new Error(`it did not die at ${dieAt}: ${JSON.stringify(outcome)}`)
}

if (import.meta.main) await restore(process.argv[2] ?? '')
