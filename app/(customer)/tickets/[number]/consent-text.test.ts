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
