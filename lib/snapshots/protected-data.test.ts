import { expect, test } from 'vitest'
import { protectedDataSchema, protectionOf } from './protected-data.ts'

const people = { schema: 'office', table: 'people', kind: 'identities' as const }

test('S64 protected data is named by table and column, with what a returning row gets', () => {
  const data = protectedDataSchema.parse({ columns: [{ ...people, columns: { role: 'as_then', password: { set: null } } }] })
  expect(protectionOf(data)).toEqual({
    tables: [],
    columns: [
      {
        table: { schema: 'office', name: 'people' },
        columns: [
          { name: 'role', whenBack: 'as_then' },
          { name: 'password', whenBack: { set: null } },
        ],
      },
    ],
  })
})

test.each<[string, unknown, string]>([
  ['an unknown kind', { tables: [{ ...people, kind: 'secrets' }] }, 'tables.0.kind'],
  [
    'a column without a word for returning rows',
    { columns: [{ ...people, columns: { role: 'never' } }] },
    'columns.0.columns.role',
  ],
  ['no columns at all', { columns: [{ ...people, columns: {} }] }, 'columns.0.columns'],
  ['a misspelt key', { tabels: [people] }, ''],
])('a configuration that means nothing is refused where it is wrong: %s', (_, wrong, path) => {
  const parsed = protectedDataSchema.safeParse(wrong)
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
})
