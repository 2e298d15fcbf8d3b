import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Difference } from './difference.ts'
import { digestOf } from './digest.ts'
import { type Row, rowSetOf } from './row-set.ts'
import { growthSince, packWipedSet, unpackWipedSet, type WipedSet, wipedSetOf } from './wiped-set.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const rowsOf = (hashes: readonly bigint[]): Row[] => hashes.map((hash, place) => ({ place, hash }))

test('R11 growth is exact over repeated rows, and rows that need no wiping any more do not make up for it', () => {
  const consented = wipedSetOf(differenceOf('deal', [1n, 1n, 2n]))
  expect(growthSince(consented, wipedSetOf(differenceOf('deal', [1n, 1n, 2n]))).rows).toBe(0)
  expect(growthSince(consented, wipedSetOf(differenceOf('deal', [1n]))).rows).toBe(0)
  expect(growthSince(consented, wipedSetOf(differenceOf('deal', [1n, 1n, 1n]))).rows).toBe(1)
  expect(growthSince(consented, wipedSetOf(differenceOf('deal', [3n]))).rows).toBe(1)
  expect(growthSince(consented, wipedSetOf(differenceOf('other', [1n, 2n])))).toMatchObject({
    rows: 2,
    tables: [{ table: { name: 'other' }, rows: 2 }],
  })
})

test('growth equals the multiset difference, whatever the sets', () => {
  fc.assert(
    fc.property(fc.array(int64.map((n) => n % 5n)), fc.array(int64.map((n) => n % 5n)), (then, now) => {
      const left = [...then]
      const beyond = now.filter((hash) => {
        const index = left.indexOf(hash)
        if (index >= 0) left.splice(index, 1)
        return index < 0
      })
      expect(growthSince(wipedSetOf(differenceOf('t', then)), wipedSetOf(differenceOf('t', now))).rows).toBe(beyond.length)
    }),
  )
})

test('a wiped set survives packing', () => {
  fc.assert(
    fc.property(fc.array(int64), fc.array(int64), fc.string(), (a, b, name) => {
      const difference = {
        ...differenceOf('t', a),
        tables: [...differenceOf('t', a).tables, ...differenceOf(`x${name}`, b).tables],
      }
      const set = wipedSetOf(difference)
      expect(plain(unpackWipedSet(packWipedSet(set)))).toEqual(plain(set))
    }),
  )
})

test('I9 the digest is the same whatever the order, and another for another row, binding or count', () => {
  const two = (a: readonly bigint[], b: readonly bigint[]) => ({
    ...differenceOf('t', a),
    tables: [...differenceOf('t', a).tables, ...differenceOf('u', b).tables],
  })
  const digest = digestOf(two([1n, 2n], [3n]), { portal: 'p', snapshot: 's' })
  const reversed = two([2n, 1n], [3n])
  expect(digestOf({ ...reversed, tables: reversed.tables.toReversed() }, { snapshot: 's', portal: 'p' })).toBe(digest)
  expect(digestOf(two([1n, 2n, 2n], [3n]), { portal: 'p', snapshot: 's' })).not.toBe(digest)
  expect(digestOf(two([1n], [2n, 3n]), { portal: 'p', snapshot: 's' })).not.toBe(digest)
  expect(digestOf(two([1n, 2n], [3n]), { portal: 'q', snapshot: 's' })).not.toBe(digest)
})

function differenceOf(name: string, newer: readonly bigint[]): Difference {
  const table = {
    table: { schema: 'crm', name },
    missing: rowSetOf([]),
    newer: rowSetOf(rowsOf(newer)),
    changed: [],
    rowsLive: 9,
    rowsSnapshot: 9,
    keyColumns: [],
  }
  return {
    way: 'exact',
    tablesByWay: { exact: 1, watermark: 0, wal_summaries: 0 },
    tables: [table],
    tablesCompared: 1,
    rowsCompared: 9,
    edges: [],
    largeObjects: [],
    sequences: [],
    erased: { records: 0, fallen: 0 },
    drift: [],
  }
}

function plain(set: WipedSet) {
  return [...set.tables.values()].map(({ table, hashes }) => [table.schema, table.name, ...hashes].map(String)).sort()
}
