import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeTree } from './file-tree.ts'

/** A real file system that a test can fill up without harm to anybody; it goes with the test. */
export type SmallDisk = {
  path: string
  /** Leaves about as many bytes free as said. */
  leave: (freeBytes: number) => void
  /** Gives back what was taken. */
  empty: () => void
}

/** As large as said where file systems can be mounted; in a container without that right its own /dev/shm, with a ballast. */
export function smallDisk(bytes: number): SmallDisk {
  const { parent } = makeTree()
  const point = mkdtempSync(join(parent, 'mount-'))
  const mounted = mountOn(point, `size=${bytes}`)
  if (mounted === null) return diskAt(point)
  return sharedMemory(bytes, mounted)
}

/** What keeps a tmpfs from being mounted there; null where it is. */
export function mountOn(point: string, options: string): string | null {
  const { status, stderr } = shell('mount -t tmpfs -o "$1" tmpfs "$0"', point, options)
  if (status !== 0) return stderr
  onTestFinished(() => void shell('umount "$0"', point))
  return null
}

function diskAt(path: string): SmallDisk {
  const ballast = join(path, 'ballast')
  const empty = () => rmSync(ballast, { force: true })
  return { path, empty, leave: (freeBytes) => fill(path, ballast, freeBytes) }
}

const SHARED = '/dev/shm'
const SHARED_AT_MOST = 512 * 1024 * 1024

function sharedMemory(bytes: number, because: string): SmallDisk {
  const isOwn = readFileSync('/proc/self/mounts', 'utf8').includes(` ${SHARED} tmpfs `)
  if (!isOwn || freeOn(SHARED) > SHARED_AT_MOST)
    throw new Error(`this test needs a small file system: mount(8) said ${because.trim()}, and ${SHARED} is none`)
  const path = mkdtempSync(join(SHARED, 'restore-desk-'))
  const ballast = `${path}.ballast`
  onTestFinished(() => {
    for (const made of [path, ballast, join(path, 'ballast')]) rmSync(made, { recursive: true, force: true })
  })
  fill(path, ballast, bytes)
  return diskAt(path)
}

const freeOn = (path: string) => {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

function fill(on: string, ballast: string, freeBytes: number): void {
  rmSync(ballast, { force: true })
  writeFileSync(ballast, Buffer.alloc(Math.max(0, freeOn(on) - freeBytes)))
}

const shell = (script: string, ...told: string[]) => spawnSync('sh', ['-c', script, ...told], { encoding: 'utf8' })
