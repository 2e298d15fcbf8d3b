import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { ExtractedRow, ExtractedTable } from '../port.ts'
import { unzip } from '../testing/unzip.ts'
import { type ArchiveOrder, writeArchive } from './write-archive.ts'

function tableOf(table: string, values: (string | null)[][], broken = false): ExtractedTable & { open: () => number } {
  let open = 0
  async function* read(): AsyncGenerator<ExtractedRow> {
    open += 1
    try {
      for (const row of values) yield { change: 'newer', values: row }
      if (broken) throw new Error('the copy went away')
    } finally {
      open -= 1
    }
  }
  const columns = [
    { name: 'title', type: 'text', kind: 'other', generated: false },
    { name: 'amount', type: 'numeric', kind: 'number', generated: false },
  ] as const
  return { schema: 'crm', table, columns: [...columns], withheld: [], rows: values.length, bytes: 100, read, open: () => open }
}

const order = (change: Partial<ArchiveOrder> = {}): ArchiveOrder => ({
  locale: 'en',
  words: [
    {
      schema: 'crm',
      table: 'deals',
      name: { en: 'Deals', pl: 'Szanse sprzedaży' },
      columnNames: { title: { en: 'Title', pl: 'Tytuł' }, amount: { en: 'Amount', pl: 'Kwota' } },
    },
  ],
  about: { portalName: 'Acme', ticketNumber: 7, by: 'restore', typedSince: false, madeAt: '2026-11-25T10:00:00.000Z' },
  limit: { rows: 1000, bytes: 1_000_000 },
  withheldTables: [],
  progress: () => undefined,
  ...change,
})
const rows = [
  ['=1+1', '-12.50'],
  [null, null],
]

test('S118 in Polish: names, headings and numbers as a Polish spreadsheet reads them; machines get the same in every language', async () => {
  const archive = writeArchive([tableOf('deals', rows)], order({ locale: 'pl' }))
  const texts = await unzip(await buffer(archive.bytes))
  expect(texts.get('dla ludzi/Szanse sprzedaży.csv')).toBe(
    "\uFEFFCo się stało;Tytuł;Kwota\r\nusunięte;'=1+1;-12,50\r\nusunięte;;\r\n",
  )
  expect(texts.get('dla maszyn/crm.deals.jsonl')).toBe(
    '{"change":"newer","row":{"title":"=1+1","amount":-12.50}}\n{"change":"newer","row":{"title":null,"amount":null}}\n',
  )
  expect(texts.get('CZYTAJ.txt')).toContain('Co usunęło przywrócenie portalu „Acme” (zgłoszenie 7)')
  expect(texts.get('README.txt')).toContain('What the restore of "Acme" (ticket 7) wiped')
  expect(archive.tables).toEqual([
    { schema: 'crm', table: 'deals', name: { en: 'Deals', pl: 'Szanse sprzedaży' }, rows: 2, written: 2 },
  ])
})

test('bytes are limited too, and what is left out is told of every table', async () => {
  const wide = Array.from({ length: 10 }, () => ['x'.repeat(100), '1'])
  const archive = writeArchive([tableOf('a', wide), tableOf('b', wide)], order({ limit: { rows: 1000, bytes: 450 } }))
  const texts = await unzip(await buffer(archive.bytes))
  expect(archive.tables.map(({ written }) => written)).toEqual([4, 0])
  expect(texts.get('for machines/crm.b.sql')).not.toContain('insert')
  expect(texts.get('README.txt')).toContain('B: 0 of 10')
})

test('tables whose names are alike for people have files of their own', async () => {
  const words = ['a', 'b'].map((table) => ({ schema: 'crm', table, name: { en: 'Notes', pl: 'Notatki' } }))
  const texts = await unzip(await buffer(writeArchive([tableOf('a', rows), tableOf('b', rows)], order({ words })).bytes))
  expect([...texts.keys()].filter((name) => name.endsWith('.csv'))).toEqual(['for people/Notes.csv', 'for people/Notes (2).csv'])
})

test('a table that breaks, or a reader that goes away, leaves no table half read', async () => {
  const broken = tableOf('deals', rows, true)
  await expect(buffer(writeArchive([broken], order()).bytes)).rejects.toThrow('the copy went away')
  expect(broken.open()).toBe(0)
  const long = tableOf(
    'deals',
    Array.from({ length: 50_000 }, (_, n) => [crypto.randomUUID(), String(n)]),
  )
  for await (const _ of writeArchive([long], order()).bytes) break
  expect(long.open()).toBe(0)
})
