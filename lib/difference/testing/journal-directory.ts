import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory for a journal, gone when the test has ended. */
export function journalDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'engine-journal-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
