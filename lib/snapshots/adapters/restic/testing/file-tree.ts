import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A name that is no text, as bytes: two that no UTF-8 has, and a letter. */
export const noText = Buffer.from([0xff, 0xfe, 0x61])

/** A portal's file tree, below a folder of its own; the folder goes with the test. */
export function makeTree(): { parent: string; root: string } {
  const parent = mkdtempSync(join(tmpdir(), 'restore-desk-files-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  const root = join(parent, '-files of "the" portal')
  fillTree(root)
  return { parent, root }
}

/** Names, kinds, modes and times that something on the way could lose. */
export function fillTree(root: string): void {
  mkdirSync(join(root, 'deals/2026/empty'), { recursive: true })
  writeFileSync(join(root, 'deals/offer.pdf'), 'offer')
  writeFileSync(join(root, 'deals/2026/contract.pdf'), Buffer.alloc(300_000, 'contract'))
  writeFileSync(join(root, 'deals.txt'), 'sorted before the folder by its bytes, after it by its parts')
  writeFileSync(join(root, 'new\nline \\ "quoted" <ł>'), 'odd')
  writeFileSync(join(root, '--dash'), '')
  writeFileSync(join(root, 'private'), 'secret', { mode: 0o600 })
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), noText]), 'no text')
  symlinkSync('deals/offer.pdf', join(root, 'latest'))
  symlinkSync('nowhere\nat -> all', join(root, 'dangling'))
  symlinkSync('..', join(root, 'deals/2026/up'))
  linkSync(join(root, 'deals/offer.pdf'), join(root, 'deals/offer-again.pdf'))
  spawnSync('sh', ['-c', 'mkfifo "$0"', join(root, 'pipe')])
  chmodSync(join(root, 'deals.txt'), 0o4750)
  chmodSync(join(root, 'deals/2026'), 0o2775)
  lutimesSync(join(root, 'latest'), 1_600_000_000, 1_600_000_000)
  utimesSync(join(root, 'deals/2026/empty'), 1_500_000_000.25, 1_500_000_000.25)
  utimesSync(root, 1_550_000_000, 1_550_000_000)
  if (process.getuid?.() === 0) spawnSync('chown', ['-h', '33:44', join(root, 'private'), join(root, 'dangling')])
}

/**
 * All there is to know of a tree, asked of find(1): kind, mode, owner, links, time, where a link leads, name; and of each file its bytes. One line each, by
 * name.
 */
export function stateOfTree(root: string): string[] {
  const found = spawnSync('find', [root, '-printf', '%y %m %U:%G %n %T@ %l %P\\0'], { encoding: 'latin1' })
  if (found.status !== 0) throw new Error(found.stderr)
  return found.stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => `${line} ${sumOf(root, line)}`)
    .sort()
}

function sumOf(root: string, line: string): string {
  if (!line.startsWith('f ')) return ''
  const path = Buffer.from(`${Buffer.from(root).toString('latin1')}/${/^f \d+ \S+ \d+ \S+ {2}(.*)$/s.exec(line)?.[1]}`, 'latin1')
  return `${lstatSync(path).size} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
}
