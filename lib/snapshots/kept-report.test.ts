import { expect, test } from 'vitest'
import type { ProtectedData, TableWords } from '#db/schema/index.ts'
import { keptReport } from './kept-report.ts'

const words: TableWords[] = [
  { schema: 'office', table: 'people', name: { en: 'People', pl: 'Pracownicy' } },
  { schema: 'crm', table: 'opt_outs', name: { en: 'Opt-outs', pl: 'Rezygnacje' } },
]
const people = { schema: 'office', table: 'people' }
const protectedData: ProtectedData = {
  tables: [
    { schema: 'crm', table: 'opt_outs', kind: 'opt_outs' },
    { schema: 'office', table: 'revoked_access', kind: 'identities' },
  ],
  columns: [
    { ...people, kind: 'identities', columns: { active: { set: 'false' } } },
    { ...people, kind: 'ownership', columns: { role: 'as_then' } },
  ],
}

test('S63 what stays is told by kind, with the names of its tables and how much would have gone back', () => {
  const kept = { tables: [{ rows: 3 }, { rows: 2 }], columns: [{ rows: 1 }, { rows: 0 }], sequences: 4 }
  expect(keptReport(kept, protectedData, words)).toEqual([
    { kind: 'opt_outs', names: [{ en: 'Opt-outs', pl: 'Rezygnacje' }], rows: 3 },
    {
      kind: 'identities',
      names: [
        { en: 'Revoked access', pl: 'Revoked access' },
        { en: 'People', pl: 'Pracownicy' },
      ],
      rows: 3,
    },
    { kind: 'ownership', names: [{ en: 'People', pl: 'Pracownicy' }], rows: 0 },
    { kind: 'numbers', names: [], rows: 4 },
  ])
})

test('S63 what lies outside the scope is not told: it would stay in any case; what cannot be counted is told without a number', () => {
  const kept = { tables: [{ rows: null }, null], columns: [null, null], sequences: 0 }
  expect(keptReport(kept, protectedData, words)).toEqual([
    { kind: 'opt_outs', names: [{ en: 'Opt-outs', pl: 'Rezygnacje' }], rows: null },
    { kind: 'numbers', names: [], rows: 0 },
  ])
  expect(keptReport({ ...kept, tables: [null, null] }, protectedData, words)).toEqual([])
})
