import { createHash } from 'node:crypto'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The name of a copy of ours: `rd_`, 16 letters made from the portal's id and the call's key, 4 that prove the name is ours.
 * The same key gives the same name, so that a call repeated after a crash meets its own copy; another key never does (S100).
 * Nothing of the portal's name is in it, so no portal's name can be too long, collide, or be shown to a neighbour.
 */
export function copyName(portalId: string, key: string): string {
  const body = letters(`${portalId}\n${key}`, 16)
  return `rd_${body}${letters(`restore-desk:${body}`, 4)}`
}

/** Was this name made by `copyName`? A stranger's `rd_archive` was not, and is never touched. */
export function isCopyName(name: string): boolean {
  const body = /^rd_([a-z2-7]{16})[a-z2-7]{4}$/.exec(name)?.[1]
  return body !== undefined && name === `rd_${body}${letters(`restore-desk:${body}`, 4)}`
}

function letters(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, length), (byte) => alphabet[byte % 32]).join('')
}
