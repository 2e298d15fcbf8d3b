import type { Estimate } from '../difference.ts'

/** Of each tail; both together are the 5 % that a range may miss. */
const tail = 0.025

/** A heap page's header, and what a row takes at least: its line pointer, its header, and a key. */
const pageHeader = 24
const leastRow = 36

/**
 * From how many rows of a kind each sampled block held to how many the table holds. Rows that differ lie together (what is new lies at the end), so the block is
 * what is counted, not the row. The range is Maurer and Pontil's empirical Bernstein bound (COLT 2009, theorem 4), which asks nothing of how the rows lie and
 * holds for blocks drawn without replacement; where none was seen, what is left is how many blocks a sample of that size could have missed.
 */
export function estimateRows(seenByBlock: readonly number[], blocksInAll: number, blockSize: number): Estimate {
  const most = Math.floor((blockSize - pageHeader) / leastRow)
  const blocks = seenByBlock.length
  const seen = seenByBlock.reduce((sum, count) => sum + count, 0)
  if (blocks === 0 || blocks >= blocksInAll) return { about: seen, atLeast: seen, atMost: seen }
  if (seen === 0) return { about: 0, atLeast: 0, atMost: Math.ceil(blocksInAll * (1 - tail ** (1 / blocks))) * most }
  const mean = seen / blocks
  const variance = seenByBlock.reduce((sum, count) => sum + (count - mean) ** 2, 0) / Math.max(1, blocks - 1)
  const log = Math.log(2 / tail)
  const width = Math.sqrt((2 * variance * log) / blocks) + (7 * most * log) / (3 * Math.max(1, blocks - 1))
  return {
    about: Math.round(mean * blocksInAll),
    atLeast: Math.max(seen, Math.floor((mean - width) * blocksInAll)),
    atMost: Math.min(blocksInAll * most, Math.ceil((mean + width) * blocksInAll)),
  }
}
