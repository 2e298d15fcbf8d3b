// A worker of a test's own: begins a restore, tells its transaction, and kills itself at the boundary that the test names.
import { writeSync } from 'node:fs'
import { restore } from './portal.ts'

const [liveUrl, snapshotUrl, journalDirectory, boundary] = process.argv.slice(2)
if (liveUrl === undefined || snapshotUrl === undefined || journalDirectory === undefined)
  throw new Error('live, snapshot, journal, boundary')

await restore(
  liveUrl,
  snapshotUrl,
  { kind: 'schemas', schemas: ['crm'] },
  {
    journalDirectory,
    onTransaction: async (transaction) => {
      writeSync(1, `${JSON.stringify(transaction)}\n`)
    },
    observe: (passed) => {
      if (passed === boundary) process.kill(process.pid, 'SIGKILL')
    },
  },
)
