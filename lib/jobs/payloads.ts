import { z } from 'zod'

/** What each task is given. Jobs of an older version may be in flight: a new field is optional. */
export const payloads = {
  sendMail: z.object({ outboxId: z.uuid() }),
}
