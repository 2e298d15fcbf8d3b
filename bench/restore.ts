import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deleteCluster, startEmbedded } from '#db/embedded.ts'
import { copyDatabase } from './copy-database.ts'
import { ratio, report, round, spread } from './figures.ts'
import { benchCapture, benchInPlace, benchSwap, prepare, repeat } from './measure.ts'
import { benchPrograms } from './programs.ts'
import { benchSizes, sizesOf } from './size.ts'

export type RestoreBench = {
  /** Rows of the portal over all its tables. */
  rows: number
  /** Rows that each restore has to move. */
  moved: number
  runs: number
  /** A portal of this many gigabytes is swapped, too: silence must not grow with the size. 0: not done. */
  largeGb: number
}

/**
 * What a portal's users notice of a capture, of `crm` in place and of a swap, on a portal of a given size with a reader and a
 * writer at work; whether a swap's silence grows with the portal; and what its preparation takes beside PostgreSQL's own means of copying a database. Starts
 * servers of its own and leaves nothing behind.
 */
export async function benchRestore({ rows, moved, runs, largeGb }: RestoreBench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'restore-desk-bench-'))
  const server = await startEmbedded(folder)
  try {
    const bench = await prepare(server.url, rows)
    const capture = await benchCapture(bench)
    const inPlace = await repeat(runs, () => benchInPlace(bench, capture, moved, folder))
    const swaps = await repeat(runs, () => benchSwap(bench, capture, moved, folder))
    const copies = await repeat(copyRuns, () => copyDatabase(server.url, capture.snapshot.databaseName))
    const ofSizes = await benchSizes(server.url, largeGb === 0 ? [smallGb] : [smallGb, largeGb], folder)
    report('restore', {
      'rows in the portal': bench.rows,
      'rows to move': moved,
      'first capture, ms': round(capture.firstMs),
      'first capture, sessions ended': capture.firstEnded,
      'later capture, ms': round(capture.laterMs),
      'later capture, sessions ended': capture.laterEnded,
      'later capture, failed reads and writes': capture.failed,
      'crm in place, failed reads': inPlace.reduce((sum, run) => sum + run.noticed.failedReads, 0),
      'crm in place, slowest read, ms': spread(inPlace.map((run) => run.noticed.slowestReadMs)),
      'crm in place, write pause as reported, ms': spread(inPlace.map((run) => run.saidMs)),
      'crm in place, write pause as noticed, ms': spread(inPlace.map((run) => run.noticed.slowestWriteMs)),
      'full by swap, offline as reported, ms': spread(swaps.map((run) => run.saidMs)),
      'full by swap, silence as noticed, ms': spread(swaps.map((run) => run.noticed.longestSilenceMs)),
      'full by swap, copy of the snapshot, ms': spread(swaps.map((run) => run.copiedMs)),
      'full by swap, all preparation, ms': spread(swaps.map((run) => run.preparedMs)),
      'create database strategy file_copy, ms': spread(copies),
      'copy of the snapshot, of create database': ratio(
        swaps.map((run) => run.copiedMs),
        copies,
      ),
      ...sizesOf(ofSizes),
      ...(await benchPrograms(rows, moved, folder)),
    })
  } finally {
    await server.stop()
    deleteCluster(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

const copyRuns = 5
const smallGb = 0.2
