/** Which keys a table has, eight bytes each: enough to be asked whether it has one, which it gets wrong once in 10¹⁵ / its size. */
export type KnownKeys = { add: (key: string) => void; size: () => number; among: (asked: readonly string[]) => Set<string> }

const firstSize = 1_024

export function knownKeys(): KnownKeys {
  let sums = new Float64Array(firstSize)
  let size = 0
  return {
    add: (key) => {
      if (size === sums.length) {
        const larger = new Float64Array(size * 2)
        larger.set(sums)
        sums = larger
      }
      sums[size] = sumOf(key)
      size += 1
    },
    size: () => size,
    among: (asked) => {
      const bySum = new Map(asked.map((key) => [sumOf(key), key]))
      const found = new Set<string>()
      for (let at = 0; at < size; at++) {
        const key = bySum.get(sums[at] ?? 0)
        if (key !== undefined) found.add(key)
      }
      return found
    },
  }
}

/** 53 bits of two mixed sums: not against somebody who means harm, but against chance. */
function sumOf(key: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return (low & 0x1fffff) * 2 ** 32 + (high >>> 0)
}
