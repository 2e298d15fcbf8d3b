import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PutBack, UndoPutBack } from '../put-back/order.ts'
import { type PreviewedPutBack, previewPutBack } from '../put-back/preview-put-back.ts'
import { type PreviewedUndo, previewUndo } from '../put-back/preview-undo.ts'
import type { ChosenRecords, RecordKey } from '../put-back/types.ts'
import { putBack } from '../put-back.ts'
import type { RestoreOutcome } from '../restore.ts'
import { undoPutBack } from '../undo-put-back.ts'
import { withLog, withSides } from './portal.ts'

/** `'crm.deal'` and keys of one column, or lists for keys of several. */
export function chosen(table: string, keys: readonly (string | RecordKey)[] | 'all' = 'all'): ChosenRecords {
  const [schema = '', name = ''] = table.split('.')
  return { table: { schema, name }, keys: keys === 'all' ? 'all' : keys.map((key) => (typeof key === 'string' ? [key] : key)) }
}

export function preview(
  liveUrl: string,
  snapshotUrl: string,
  records: readonly ChosenRecords[],
  change: Partial<PutBack> = {},
): Promise<PreviewedPutBack> {
  return withSides(liveUrl, snapshotUrl, (live, snapshot) =>
    previewPutBack({ live, snapshot, scope: { kind: 'all' }, records, leaveOutConflicts: false, ...change }, { portal: 'one' }),
  )
}

/** A put-back that everybody agrees to, with what the test cares about changed. */
export function putBackIn(
  liveUrl: string,
  snapshotUrl: string,
  records: readonly ChosenRecords[],
  change: Partial<PutBack> = {},
): Promise<RestoreOutcome> {
  return withJournal((journal) =>
    withLog(liveUrl, snapshotUrl, (live, snapshot, wal) =>
      putBack({ ...usual(journal), live, snapshot, wal, scope: { kind: 'all' }, records, ...change }),
    ),
  )
}

export function previewOfUndo(
  liveUrl: string,
  safetyUrl: string,
  undoOf: string,
  change: Partial<UndoPutBack> = {},
): Promise<PreviewedUndo> {
  return withSides(liveUrl, safetyUrl, (live, snapshot) =>
    previewUndo({ live, snapshot, undoOf, leaveOutConflicts: false, ...change }, { portal: 'one' }),
  )
}

export function undoIn(
  liveUrl: string,
  safetyUrl: string,
  undoOf: string,
  change: Partial<UndoPutBack> = {},
): Promise<RestoreOutcome> {
  return withJournal((journal) =>
    withSides(liveUrl, safetyUrl, (live, snapshot) => undoPutBack({ ...usual(journal), live, snapshot, undoOf, ...change })),
  )
}

/** Gone with the call, unless the test gave a place of its own. */
async function withJournal<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'engine-put-back-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function usual(journalDirectory: string) {
  return {
    leaveOutConflicts: false,
    consented: null,
    journalDirectory,
    lockTimeoutMs: 1000,
    maxLockMs: 30_000,
    onTransaction: async () => undefined,
    mayCommit: async () => true,
  }
}
