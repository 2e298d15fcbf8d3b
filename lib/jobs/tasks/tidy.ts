import { tidyIdentity } from '#lib/identity/tidy.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const tidyTask = task(payloads.tidy, ({ db }) => tidyIdentity(db))
