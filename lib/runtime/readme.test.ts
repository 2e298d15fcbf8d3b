import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = new URL('../..', import.meta.url).pathname
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

test('every npm script that the README names exists', () => {
  const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? '')
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('every path of the project that the README names exists', () => {
  const inCode = [...readme.matchAll(/`((?:app|lib|db|e2e|bench|docs)\/[^`\s]*)`/g)].map((match) => match[1] ?? '')
  const linked = [...readme.matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  const missing = [...inCode, ...linked].filter((path) => !existsSync(join(root, path.replace(/[*…<{].*$/, ''))))
  expect(missing).toEqual([])
})
