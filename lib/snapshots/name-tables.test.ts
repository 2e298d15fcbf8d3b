import { expect, test } from 'vitest'
import { z } from 'zod'
import { jsonValueSchema } from '#lib/domain/refusal.ts'
import { refusalWords } from '#lib/domain/refusal-words.ts'
import { withTableNames } from './name-tables.ts'
import type { AdapterRefusal } from './port.ts'

const words = [
  { schema: 'crm', table: 'products', name: { en: 'Products', pl: 'Produkty' } },
  { schema: 'crm', table: 'opt.outs', name: { en: 'Opt-outs', pl: 'Rezygnacje' } },
  { schema: 'odd "one"', table: 'b', name: { en: 'Odd', pl: 'Dziwna' } },
]
const said = (refusal: AdapterRefusal) => {
  const { code, facts } = withTableNames(refusal, words)
  const named = { code, facts: z.record(z.string(), jsonValueSchema).parse(facts) }
  const why = (locale: 'en' | 'pl') => refusalWords(named, { locale, timeZone: 'UTC' }).why.replaceAll('\u00a0', ' ')
  return [why('en'), why('pl')]
}

test.each<[AdapterRefusal, string, string]>([
  [
    { code: 'structure_moved', facts: { name: 'crm.products', details: ['added since: column weight: integer'] } },
    'The structure of “Products” has changed since this restore point was made.',
    'Od powstania tego punktu zmieniła się struktura danych: „Produkty”.',
  ],
  [
    { code: 'table_newer', facts: { name: 'crm.price_lists', details: [] } },
    'The table “Price lists” has been added since this restore point was made.',
    'Od powstania tego punktu przybyła tabela „Price lists”.',
  ],
  [
    { code: 'table_gone', facts: { name: 'crm.opt.outs', details: [] } },
    'The table “Opt-outs”, which this restore point holds, is no longer there.',
    'Nie ma już tabeli „Rezygnacje”, którą zawiera ten punkt.',
  ],
  [
    { code: 'rule_always', facts: { table: '"odd ""one"""."b"', rules: ['r'] } },
    'A rule of the database would rewrite what the restore puts back: “Odd”.',
    'Reguła bazy zmieniałaby to, co przywracamy: „Dziwna”.',
  ],
  [
    { code: 'reference_not_nullable', facts: { edge: 'crm.opt.outs.fk', rows: 2 } },
    'Some records would be left pointing at nothing, and that place in them must not be empty: “Opt-outs”.',
    'Niektóre rekordy odwoływałyby się do czegoś, czego już nie ma, a to miejsce nie może w nich być puste: „Rezygnacje”.',
  ],
  [
    { code: 'swap_loses_protected', facts: { tables: ['crm.opt.outs', 'crm.products', 'crm.products'] } },
    'The whole database would be replaced. Data that must stay as it is today, such as access rights, was built differently at that restore point and could not be carried over: “Opt-outs” and “Products”.',
    'Zastąpiona zostałaby cała baza danych. Dane, które muszą pozostać takie jak dziś, na przykład uprawnienia, miały w tym punkcie inną budowę i nie dałoby się ich przenieść: „Rezygnacje” i „Produkty”.',
  ],
])('S108 a refusal about tables names them as the portal’s people do: %j', (refusal, en, pl) => {
  expect(said(refusal)).toEqual([en, pl])
})

test('S108 a refusal about a type, or about nothing by name, is told as before', () => {
  const moved: AdapterRefusal = { code: 'type_moved', facts: { name: 'crm.stage', details: [] } }
  expect(withTableNames(moved, words)).toEqual(moved)
  expect(said(moved)[0]).toBe('A data type has changed since this restore point was made.')
  expect(refusalWords({ code: 'structure_moved', facts: { name: 'crm.products' } }, { locale: 'en', timeZone: 'UTC' }).why).toBe(
    'The structure of the data has changed since this restore point was made.',
  )
})
