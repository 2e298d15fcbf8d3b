import type { Task } from 'graphile-worker'
import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { PlanPort } from '#lib/billing/port.ts'
import type { Post } from '#lib/mail/send-mail.ts'
import { log } from '#lib/runtime/log.ts'

/** What tasks work with; made once by the worker. */
export type Workshop = {
  db: Db
  post: Post
  billing: PlanPort
  /** Names this worker in leases and heartbeats. */
  workerId: string
  /** Folder of this installation's files; all workers of a datastore share it. */
  dataDir: string
}

/** `signal` aborts when the worker is told to stop: finish the step, hand over (S62). `observe` hears each named boundary. */
export type JobFacts = { signal: AbortSignal; observe: (boundary: string, detail?: unknown) => Promise<void> }

/** A task is shallow: it parses what it was given and calls one verb, which is safe to run twice. */
export function task<S extends z.ZodType>(
  schema: S,
  work: (workshop: Workshop, payload: z.output<S>, job: JobFacts) => Promise<unknown>,
): (workshop: Workshop) => Task {
  return (workshop) => async (payload, helpers) => {
    await work(workshop, schema.parse(payload), {
      signal: helpers.abortSignal,
      observe: async (boundary, detail) => log('worker').debug({ job: helpers.job.id, boundary, detail }, 'boundary'),
    })
  }
}
