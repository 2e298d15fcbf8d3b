import { readdir } from 'node:fs/promises'

/** A WAL file's name: eight hexadecimal digits each of timeline, log and segment; the one that is being received ends in `.partial`. */
const segmentName = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/

/** A segment's number from the beginning of time; null for what is no segment. `segmentBytes` is the server's `wal_segment_size`. */
export function segmentNumber(name: string, segmentBytes: number): number | null {
  const [, , log, segment] = segmentName.exec(name) ?? []
  if (log === undefined || segment === undefined) return null
  return Number.parseInt(log, 16) * (0x1_0000_0000 / segmentBytes) + Number.parseInt(segment, 16)
}

/** From which segment of the timeline on none is missing, up to the one that is being received; null where there is none at all. */
export async function unbrokenFrom(
  directory: string,
  { timeline, segmentBytes }: { timeline: string; segmentBytes: number },
): Promise<number | null> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(timeline))
  const there = new Set(names.flatMap((name) => segmentNumber(name, segmentBytes) ?? []))
  if (there.size === 0) return null
  let from = Math.max(...there)
  while (there.has(from - 1)) from -= 1
  return from
}

/** Names of the segments before the given one. */
export async function segmentsBefore(directory: string, first: number, segmentBytes: number): Promise<string[]> {
  return (await readdir(directory)).filter((name) => {
    const number = segmentNumber(name, segmentBytes)
    return number !== null && number < first
  })
}
