import { expect, test } from 'vitest'
import type { ProtectedData, TableWords } from '#db/schema/index.ts'
import { keptReport } from './kept-report.ts'

const words: TableWords[] = [
  { schema: 'office', table: 'people', name: { en: 'People', pl: 'Pracownicy' } },
  { schema: 'crm', table: 'opt_outs', name: { en: 'Opt-outs', pl: 'Rezygnacje' } },
]
const none = { cleared: 0, kept: 0 }
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
  expect(keptReport({ kept, edges: [] }, protectedData, words)).toEqual([
    { kind: 'opt_outs', names: [{ en: 'Opt-outs', pl: 'Rezygnacje' }], rows: 3, links: none },
    {
      kind: 'identities',
      names: [
        { en: 'Revoked access', pl: 'Revoked access' },
        { en: 'People', pl: 'Pracownicy' },
      ],
      rows: 3,
      links: none,
    },
    { kind: 'ownership', names: [{ en: 'People', pl: 'Pracownicy' }], rows: 0, links: none },
    { kind: 'numbers', names: [], rows: 4 },
  ])
})

test('S63 what lies outside the scope is not told: it would stay in any case; what cannot be counted is told without a number', () => {
  const kept = { tables: [{ rows: null }, null], columns: [null, null], sequences: 0 }
  expect(keptReport({ kept, edges: [] }, protectedData, words)).toEqual([
    { kind: 'opt_outs', names: [{ en: 'Opt-outs', pl: 'Rezygnacje' }], rows: null, links: none },
    { kind: 'numbers', names: [], rows: 0 },
  ])
  expect(keptReport({ kept: { ...kept, tables: [null, null] }, edges: [] }, protectedData, words)).toEqual([])
})

test('S71 what stays and points at a record that goes is told beside its kind, by what becomes of the link', () => {
  const kept = { tables: [{ rows: 3 }, { rows: 0 }], columns: [{ rows: 1 }, { rows: 1 }], sequences: 0 }
  const edge = { toTable: 'crm.contacts', rows: 2, handling: 'null' as const }
  const edges = [
    { ...edge, constraint: 'a', fromTable: 'crm.opt_outs', keptBy: ['contact'] },
    { ...edge, constraint: 'b', fromTable: 'crm.opt_outs', keptBy: ['deal'], handling: 'keep' as const, rows: 5 },
    { ...edge, constraint: 'c', fromTable: 'office.people', keptBy: ['role'], handling: 'keep' as const },
    // Of other columns of the same table, and of a record that comes back.
    { ...edge, constraint: 'd', fromTable: 'office.people', keptBy: ['boss'] },
    { ...edge, constraint: 'e', fromTable: 'office.people' },
  ]
  const told = keptReport({ kept, edges }, protectedData, words).map(({ kind, links }) => [kind, links])
  expect(told).toEqual([
    ['opt_outs', { cleared: 2, kept: 5 }],
    ['identities', none],
    ['ownership', { cleared: 0, kept: 2 }],
    ['numbers', undefined],
  ])
})

test('S66 erased records that would have come back are told, with what belonged to them; nothing where none would', () => {
  const nothing = { tables: [], columns: [], sequences: 4 }
  const erased = { records: 2, fallen: 5 }
  const told = { kind: 'erased', names: [], rows: 2, fallen: 5 }
  expect(keptReport({ kept: { ...nothing, erased }, edges: [] }, nothing, words)).toEqual([told])
  expect(keptReport({ kept: { ...nothing, erased: { records: 0, fallen: 0 } }, edges: [] }, nothing, words)).toEqual([])
  const kept = { tables: [{ rows: 3 }, { rows: 2 }], columns: [{ rows: 1 }, { rows: 0 }], sequences: 4, erased }
  expect(keptReport({ kept, edges: [] }, protectedData, words).map(({ kind }) => kind)).toEqual([
    'opt_outs',
    'identities',
    'ownership',
    'erased',
    'numbers',
  ])
})
