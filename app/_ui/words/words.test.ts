import { readFileSync } from 'node:fs'
import IntlMessageFormat from 'intl-messageformat'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

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

/** Names of what a message asks for, `{count, plural, …}` and `<b>…</b>` alike. */
function asked(text: string, locale: string): string[] {
  const names = new Set<string>()
  const visit = (parts: Ast): void => {
    for (const part of parts) {
      if (part.type !== 0 && part.type !== 7) names.add(part.value)
      for (const option of Object.values(part.options ?? {})) visit(option.value)
      visit(part.children ?? [])
    }
  }
  visit(astSchema.parse(new IntlMessageFormat(text, locale).getAst()))
  return [...names].sort()
}
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

describe('the words of the pages', () => {
  it('have the same keys in both languages', () => {
    expect([...pl.keys()].sort()).toEqual([...en.keys()].sort())
  })

  it.each([...en, ...pl])('%s is not empty and does not shout', (_, text) => {
    expect(text.trim()).not.toBe('')
    expect(text).not.toContain('!')
  })

  it.each([...en.keys()])('%s asks for the same facts in both languages', (key) => {
    expect(asked(pl.get(key) ?? '', 'pl')).toEqual(asked(en.get(key) ?? '', 'en'))
  })

  it('count in Polish with one, few and many', () => {
    const short = [...pl]
      .filter(([, text]) => text.includes(', plural,') && !/one \{.*few \{.*many \{/s.test(text))
      .map(([key]) => key)
    expect(short).toEqual([])
  })
})
