import type { TaskList } from 'graphile-worker'
import type { payloads } from './payloads.ts'
import type { Workshop } from './task.ts'
import { sendMailTask } from './tasks/send-mail.ts'

/** Every job by name; a payload without a task does not compile. */
export function taskListFor(workshop: Workshop): TaskList {
  return {
    sendMail: sendMailTask(workshop),
  } satisfies Record<keyof typeof payloads, unknown>
}
