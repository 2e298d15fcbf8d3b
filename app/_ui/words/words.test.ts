import { readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { noticeSchema } from '#lib/snapshots/preview-report.ts'

type Words = string | { [key: string]: Words }
const wordsSchema: z.ZodType<Words> = z.lazy(() => z.union([z.string(), z.record(z.string(), wordsSchema)]))

const read = (locale: 'en' | 'pl'): Map<string, string> =>
  new Map(flat(wordsSchema.parse(JSON.parse(readFileSync(new URL(`./${locale}.json`, import.meta.url), 'utf8')))))

function flat(words: Words, path = ''): [string, string][] {
  if (typeof words === 'string') return [[path, words]]
  return Object.entries(words).flatMap(([key, inner]) => flat(inner, path === '' ? key : `${path}.${key}`))
}

const en = read('en')
const pl = read('pl')
const both = [...en, ...pl]
const keysOf = (words: [string, string][]): string[] => words.map(([key]) => key)

type Ast = { type: number; value: string; options?: Record<string, { value: Ast }> | undefined; children?: Ast | undefined }[]
const astSchema: z.ZodType<Ast> = z.lazy(() =>
  z.array(
    z.object({
      type: z.number(),
      value: z.string().default(''),
      options: z.record(z.string(), z.object({ value: astSchema })).optional(),
      children: astSchema.optional(),
    }),
  ),
)
const [literal, pound] = [0, 7]

/** Names of what a message asks for, `{count, plural, …}` and `<b>…</b>` alike. Throws where the message is not valid ICU. */
function asked(text: string, locale: string): string {
  const names = new Set<string>()
  const visit = (parts: Ast): void => {
    for (const part of parts) {
      if (part.type !== literal && part.type !== pound) names.add(part.value)
      for (const option of Object.values(part.options ?? {})) visit(option.value)
      visit(part.children ?? [])
    }
  }
  visit(astSchema.parse(new IntlMessageFormat(text, locale).getAst()))
  return [...names].sort().join(' ')
}

test('both languages have the same keys', () => {
  expect([...pl.keys()].sort()).toEqual([...en.keys()].sort())
})

test('S104 whatever a preview has to tell has words', () => {
  const told = noticeSchema.shape.code.options.filter((code) => code !== 'adapter_note')
  expect(told.filter((code) => !en.has(`preview.notice.${code}`))).toEqual([])
})

test('no text is empty', () => {
  expect(keysOf(both.filter(([, text]) => text.trim() === ''))).toEqual([])
})

test('no text shouts', () => {
  expect(keysOf(both.filter(([, text]) => text.includes('!')))).toEqual([])
})

test('each text is valid and asks for the same facts in both languages', () => {
  const facts = (words: Map<string, string>, locale: string) =>
    Object.fromEntries([...words].map(([key, text]) => [key, asked(text, locale)]))
  expect(facts(pl, 'pl')).toEqual(facts(en, 'en'))
})

test('Polish counts with one, few and many', () => {
  expect(keysOf([...pl].filter(([, text]) => text.includes(', plural,') && !/one \{.*few \{.*many \{/s.test(text)))).toEqual([])
})
