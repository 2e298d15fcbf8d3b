import { expect, test } from 'vitest'
import { recordOption } from './record-option.ts'

test.each([
  ['crm.deals:id=42', { schema: 'crm', table: 'deals', key: { id: '42' } }],
  ['crm.lines:deal=42,line=7', { schema: 'crm', table: 'lines', key: { deal: '42', line: '7' } }],
  ['crm.odd.name:code=a=b', { schema: 'crm', table: 'odd.name', key: { code: 'a=b' } }],
  [
    '{"schema":"Crm %","table":"Łódź: x","key":{"The Key":"a,b"},"title":"as a search tells it"}',
    { schema: 'Crm %', table: 'Łódź: x', key: { 'The Key': 'a,b' } },
  ],
])('%s names one record', (typed, record) => {
  expect(recordOption(typed)).toEqual(record)
})

test.each([
  'deals:id=42',
  'crm.deals',
  'crm.deals:',
  'crm.deals:42',
  'crm.deals:=42',
  '{',
  '{"schema":"crm","table":"deals"}',
  '',
])('%j names none, and what would is said', (typed) => {
  expect(() => recordOption(typed)).toThrow('--record wants crm.deals:id=42')
})
