import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** What this version promises: each invariant, rule and scenario is named by at least one test that can fail for it. */
const promised = [
  ...numbered('I', [[1, 15]]),
  ...numbered('R', [
    [1, 13],
    [15, 15],
  ]),
  ...numbered('S', [
    [1, 1],
    [6, 6],
    [8, 8],
    [13, 13],
    [17, 17],
    [20, 24],
    [27, 28],
    [31, 33],
    [35, 37],
    [39, 62],
    [76, 76],
    [79, 79],
    [81, 83],
    [91, 91],
    [94, 108],
  ]),
]

test('every promised invariant, rule and scenario is quoted in the name of a test', () => {
  const names = testFiles(root).flatMap(testNames)
  const quoted = new Set(names.flatMap((name) => name.match(/\b[IRS]\d{1,3}\b/g) ?? []))
  expect(promised.filter((number) => !quoted.has(number))).toEqual([])
})

function numbered(letter: string, ranges: [from: number, to: number][]): string[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`))
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return testFiles(path)
    return /\.(test|spec)\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** The first string of every `test(…)` and `describe(…)`, of what follows a `.each(…)` table, and the first cell of a table's row. */
function testNames(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const named = /(?:\b(?:test|it|describe)(?:\.\w+)*\s*\(|\)\s*\(|^\s*\[)\s*(['"`])((?:\\.|(?!\1)[\s\S])*?)\1/gm
  return [...text.matchAll(named)].map((match) => match[2] ?? '')
}
