// A worker of a test's own: begins a put-back of all missing deals, or the undo of one, tells its transaction, and kills itself at the boundary named.
import { writeSync } from 'node:fs'
import type { Applying } from '../restore-order.ts'
import { chosen, putBackIn, undoIn } from './put-back.ts'

const [liveUrl, otherUrl, journalDirectory, boundary, undoOf] = process.argv.slice(2)
if (liveUrl === undefined || otherUrl === undefined || journalDirectory === undefined)
  throw new Error('live, snapshot or safety copy, journal, boundary, and for an undo the journal of what is undone')

const dying = {
  journalDirectory,
  onTransaction: async (transaction) => {
    writeSync(1, `${JSON.stringify(transaction)}\n`)
  },
  observe: (passed) => {
    if (passed === boundary) process.kill(process.pid, 'SIGKILL')
  },
} satisfies Partial<Applying>

if (undoOf === undefined) await putBackIn(liveUrl, otherUrl, [chosen('crm.deal')], dying)
else await undoIn(liveUrl, otherUrl, undoOf, dying)
