import { guarded, LeaseLost } from '../lease.ts'
import { type Call, type Facts, type RestoreTrace, restoreTraceSchema, type SnapshotRef } from '../port.ts'
import { completeSafetyCopy, equalsLive, type Kept } from './keep-safety-copy.ts'
import type { Stopped } from './outcome.ts'
import type { RunContext } from './run-context.ts'
import { whyStop } from './watch-run.ts'

const PROGRESS_EVERY_MS = 250

/** What the adapter is given to report to, and what was learnt by it. */
export type Watched = {
  call: Call
  /** Why the last question before the commit was answered no. */
  forbiddenBecause: () => Stopped | LeaseLost | null
  trace: () => RestoreTrace | null
}

/**
 * Turns the adapter's boundaries into the run's durable steps. Under the portal's lock only two writes are waited for: the trace, before it,
 * and the commit's; the rest is written beside the work, so that bookkeeping does not make writers wait.
 */
export function watchRestore(context: RunContext, safety: SnapshotRef, key: string): Watched {
  const { books, work, signal } = context
  let trace: RestoreTrace | null = null
  let forbidden: Stopped | LeaseLost | null = null
  let wasEqual: boolean | null = null
  let exactness: Promise<Kept | 'exact'> | null = null
  const pace = paceOf()

  const write = async (boundary: Parameters<Call['observe']>[0], detail?: Facts): Promise<void> => {
    switch (boundary) {
      case 'files.bring':
        return books.begin('bringFiles')
      case 'files.brought':
        return books.done('bringFiles')
      case 'files.exchange':
        // Rows are new by now and files old, so nothing is waited for.
        return books.passLater(null, 'moveFiles')
      case 'files.exchanged':
        books.passLater('moveFiles', null)
        return books.drain()
      case 'restore.begin':
        trace = restoreTraceSchema.parse({ way: 'in_place', ...detail })
        await books.keepTrace(trace)
        return books.begin('lock')
      case 'restore.lock':
        // Once, before the first attempt: the engine's instant is earlier, so it knows all that moves after this comparison.
        if (context.putBack === null) wasEqual ??= await equalsLive(context, safety)
        return
      case 'restore.locked':
        return books.passLater('lock', 'compare')
      case 'restore.compare':
        // A put-back overwrites nothing, and its undo goes by its own journal: the copy need not be of this very moment.
        if (!isUnderLock(detail) || context.putBack !== null) return
        exactness = wasEqual && detail?.rows === 0 ? Promise.resolve('exact' as const) : completeSafetyCopy(context, safety)
        // Judged before the commit; until then a failure of it is nobody's.
        exactness.catch(() => undefined)
        return
      case 'restore.apply': {
        if (pace.first()) books.passLater('compare', 'apply')
        const progress = pace.progress(detail)
        if (progress) books.progressLater(progress)
        return
      }
      case 'restore.verify':
        return books.passLater('apply', 'verify')
      case 'restore.commit':
        books.passLater('verify', null)
        await mustBeExact(exactness)
        return books.drain()
      case 'swap.clone':
        return books.begin('apply')
      case 'swap.verify':
        await books.done('apply')
        return books.begin('verify')
      case 'swap.compare':
        await books.done('verify')
        return books.begin('compare')
      case 'swap.bar':
        await books.done('compare')
        return books.begin('lock')
      case 'swap.commit':
        trace = restoreTraceSchema.parse({ way: 'swap', ...detail })
        return books.keepTrace(trace)
      case 'restore.committed':
      case 'swap.committed':
        return books.committed()
      default:
        return
    }
  }

  return {
    call: {
      idempotencyKey: key,
      signal,
      observe: async (boundary, detail) => {
        await write(boundary, detail)
        await work.observe(boundary, detail)
      },
      mayCommit: async () => {
        forbidden = await askMayCommit(context)
        return forbidden === null
      },
    },
    forbiddenBecause: () => forbidden,
    trace: () => trace,
  }
}

/** One transaction decides between the commit and a cancellation that comes at the same time (S60), a window that is over (S54), a lost lease (I15). */
async function askMayCommit({ db, lease, run, work, books }: RunContext): Promise<Stopped | LeaseLost | null> {
  try {
    return await guarded(db, lease, async (tx) => {
      const why = await whyStop(tx, run.id, work.window, 'lock')
      if (why === null) await books.beginIn(tx, 'commit')
      return why
    })
  } catch (cause) {
    if (cause instanceof LeaseLost) return cause
    throw cause
  }
}

/** The comparison before the lock reports table by table; the one under it once, for all. */
const isUnderLock = (detail: Facts | undefined): boolean => detail?.table === undefined

async function mustBeExact(exactness: Promise<Kept | 'exact'> | null): Promise<void> {
  const kept = await exactness
  if (kept !== null && kept !== 'exact' && !kept.ok) {
    throw new Error(`the safety copy could not be brought up to the moment of the lock: ${kept.refusal.code}`)
  }
}

/** Rows so far, and by their pace so far how long the rest takes. */
function paceOf() {
  let beganAt: number | null = null
  let toldAt = 0
  return {
    first: () => {
      if (beganAt !== null) return false
      beganAt = performance.now()
      return true
    },
    progress: (detail: Facts | undefined) => {
      const { done, total, table } = detail ?? {}
      const now = performance.now()
      if (typeof done !== 'number' || typeof total !== 'number' || beganAt === null || now - toldAt < PROGRESS_EVERY_MS)
        return null
      toldAt = now
      const leftMs = done > 0 ? Math.round(((now - beganAt) / done) * (total - done)) : undefined
      return {
        done,
        total,
        unit: 'rows' as const,
        ...(leftMs === undefined ? {} : { leftMs }),
        ...(typeof table === 'string' ? { table } : {}),
      }
    },
  }
}
