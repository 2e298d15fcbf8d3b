import { createTranslator } from 'next-intl'
import { describe, expect, test } from 'vitest'
import en from '#app/_ui/words/en.json'
import pl from '#app/_ui/words/pl.json'
import type { Locale } from '#lib/domain/actor.ts'
import { type PreviewReport, previewReportSchema } from '#lib/snapshots/preview-report.ts'
import { wordsOf } from './consent-text.ts'

const exact: PreviewReport = previewReportSchema.parse({
  version: 1,
  method: 'exact',
  snapshotAt: '2026-11-20T01:00:00Z',
  comparedAt: '2026-11-24T09:00:00Z',
  durationMs: 120_000,
  totals: { comesBack: 12_345, wiped: 0, changed: 678, usersAffected: 40 },
  tables: [],
  people: [],
  hours: [],
  examples: [],
  examplesCut: false,
  edges: [],
  notices: [],
  structure: [],
  way: 'in_place',
  writePauseMs: 1500,
  offlineMs: 0,
})
const sampled: PreviewReport = {
  ...exact,
  sampled: {
    missing: { atLeast: 10_001, atMost: 14_002 },
    newer: { atLeast: 0, atMost: 903 },
    changed: { atLeast: 504, atMost: 805 },
    linksUnknown: true,
  },
}

const said = (report: PreviewReport, locale: Locale, purpose: 'restore' | 'undo' = 'restore') =>
  wordsOf(createTranslator({ locale, messages: locale === 'en' ? en : pl, namespace: 'consent' }), {
    report,
    locale,
    timeZone: 'Europe/Warsaw',
    portalName: 'Nova',
    scope: 'full',
    purpose,
  })

describe.each([
  ['en', [/estimate from a sample/, /exact difference is computed and written into its report/, /kept as files/, /asked again/]],
  ['pl', [/szacunek z próby/, /dokładna różnica i zapisana w raporcie/, /zachowane w plikach/, /pytanie jeszcze raz/]],
] as const)('S38 consent to a sampled preview, in %s', (locale, mustSay) => {
  test.each(['restore', 'undo'] as const)('of a %s: says that it is an estimate, its bounds, and what follows', (purpose) => {
    const { sentence, dangers, text } = said(sampled, locale, purpose)
    const plain = text.replaceAll(/[\u00a0\u202f, ]/g, '')
    for (const words of mustSay) expect(text).toMatch(words)
    for (const bound of ['10001–14002', '0–903', '504–805', '≈12345', '<904', '≈678']) expect(plain).toContain(bound)
    expect(sentence).toMatch(mustSay[0] === undefined ? /./ : new RegExp(mustSay[0].source, 'i'))
    // Nothing was met that would be wiped: the danger is asked all the same, since there may be.
    expect(dangers.map(({ danger }) => danger)).toEqual(['sampled', 'wiped', 'changed', 'everybody', 'pause', 'edges'])
    // No estimate stands without its mark.
    expect(plain.replaceAll('≈12345', '').replaceAll('≈678', '')).not.toMatch(/12345|678/)
  })

  test('an exact one says nothing of samples', () => {
    const { text, dangers } = said(exact, locale)
    expect(text).not.toMatch(/sampl|estimat|prób|szacun/)
    expect(dangers.map(({ danger }) => danger)).toEqual(['changed', 'everybody', 'pause'])
  })
})

describe.each([
  [
    'en',
    /3 is|3 are taken away/,
    'Its files stay as they are today',
    'the restore point holds none',
    'Its files are the same as then',
  ],
  [
    'pl',
    /znikają 3/,
    'Pliki zostają takie, jakie są dziś',
    'punkt przywracania ich nie zawiera',
    'Pliki są takie same jak wtedy',
  ],
] as const)('consent to what becomes of the portal’s files, in %s', (locale, goes, stay, none, same) => {
  const files = { missing: 12, newer: 3, changed: 1, lostBytes: 4_200_000, examples: [], examplesCut: true }
  test.each(['restore', 'undo'] as const)('of a %s: how many is in the sentence, and each loss is ticked', (purpose) => {
    for (const report of [exact, sampled]) {
      const { sentence, dangers } = said({ ...report, files }, locale, purpose)
      expect(sentence).toMatch(goes)
      const ticked = dangers.filter(({ danger }) => danger.startsWith('files')).map(({ danger, words }) => [danger, words[0]])
      expect(ticked.map(([danger]) => danger)).toEqual(['filesLost', 'filesChanged'])
    }
    const { dangers } = said({ ...exact, files: { ...files, newer: 0 } }, locale, purpose)
    expect(dangers.map(({ danger }) => danger)).not.toContain('filesLost')
  })

  test('files that stay, and a point that holds none, are said so; a portal without files hears nothing', () => {
    const pointWithout = said({ ...exact, files: 'not_kept' }, locale)
    expect(pointWithout.sentence).toContain(stay)
    expect(pointWithout.sentence).toContain(none)
    expect(said({ ...exact, files: 'stay' }, locale).sentence).toContain(stay)
    expect(said({ ...exact, files: { ...files, missing: 0, newer: 0, changed: 0 } }, locale).sentence).toContain(same)
    expect(said(exact, locale).text).not.toMatch(/files?\b|plik/i)
  })
})
