import type { TableDifference } from '#lib/difference/difference.ts'
import { type RowSet, rowSetOf, sliceOf } from '#lib/difference/row-set.ts'
import { readRows } from '#lib/difference/rows.ts'
import type { Side } from '#lib/difference/side.ts'
import { addDecimals } from '../../decimals.ts'
import type { ComparedTable, CompareRequest, Example, Tally } from '../../port.ts'
import { tallyOf } from './tally.ts'
import { tellStages } from './tell-stages.ts'

type Kind = keyof Tally
type Used = { who?: string; when?: string; title?: string; money?: string; currency?: string }

const peopleAtMost = 50
const hoursAtMost = 400
/** Rows read at a time; a row set may hold millions. */
const piece = 20_000

/** One table's difference by person, hour and example. What is missing is read from the snapshot, all else from live: that is what people know. */
export async function tellTable(
  difference: TableDifference,
  live: Side,
  stored: Side,
  request: CompareRequest,
): Promise<ComparedTable> {
  const { schema, name } = difference.table
  const columns = request.columns.find((entry) => entry.schema === schema && entry.table === name)
  const used: Used = {
    ...(columns?.whoColumn === undefined ? {} : { who: columns.whoColumn }),
    ...(columns?.whenColumn === undefined ? {} : { when: columns.whenColumn }),
    ...(columns?.titleColumn === undefined ? {} : { title: columns.titleColumn }),
    ...(columns?.moneyColumn === undefined ? {} : { money: columns.moneyColumn }),
    ...(columns?.currencyColumn === undefined ? {} : { currency: columns.currencyColumn }),
  }
  const told = {
    people: new Map<string, Tally>(),
    hours: new Map<string, Tally>(),
    money: nothing(),
    currencies: new Map<string | null, Money>(),
  }
  const examples: Example[] = []
  const read: readonly [Kind, Side, RowSet][] = [
    ['missing', stored, difference.missing],
    ['newer', live, difference.newer],
    ['changed', live, rowSetOf(difference.changed.map((pair) => pair.live))],
  ]
  const names = [...new Set([...Object.values(used), ...difference.keyColumns])]
  for (const [kind, side, set] of read) {
    // A table that nobody described is only counted; its first rows serve as examples by their key.
    const wanted = columns === undefined ? Math.min(set.length, request.examplesPerTable) : set.length
    let shown = 0
    for (let from = 0; from < wanted && names.length > 0; from += piece) {
      const { columns: order, rows } = await readRows(
        side,
        difference.table,
        sliceOf(set, from, Math.min(from + piece, wanted)),
        names,
      )
      for (const { values } of rows) {
        const cell = (column: string | undefined) => (column === undefined ? null : (values[order.indexOf(column)] ?? null))
        if (columns !== undefined) {
          count(told, kind, cell(used.who), hourOf(cell(used.when)))
          addMoney(told, kind, cell(used.money), cell(used.currency)?.trim() || null)
        }
        if (shown++ < request.examplesPerTable) examples.push(exampleOf(kind, used, difference.keyColumns, cell))
      }
    }
  }
  const stages = columns === undefined ? undefined : await tellStages(difference, live, stored, columns)
  return {
    schema,
    table: name,
    ...tallyOf(difference),
    people: topPeople(told.people),
    hours: firstHours(told.hours),
    money: used.money === undefined ? null : { missing: told.money.missing, newer: told.money.newer },
    ...(used.money === undefined || used.currency === undefined ? {} : { currencies: byName(told.currencies) }),
    ...(stages === undefined ? {} : { stages }),
    examples,
  }
}

type Told = { people: Map<string, Tally>; hours: Map<string, Tally>; money: Money; currencies: Map<string | null, Money> }
type Money = Record<Kind, string>

const nothing = (): Money => ({ missing: '0', newer: '0', changed: '0' })

function count(told: Told, kind: Kind, who: string | null, hour: string | null): void {
  if (who !== null) bump(told.people, who, kind)
  if (hour !== null) bump(told.hours, hour, kind)
}

function addMoney(told: Told, kind: Kind, money: string | null, currency: string | null): void {
  if (money === null) return
  told.money[kind] = addDecimals(told.money[kind], money)
  const sums = told.currencies.get(currency) ?? nothing()
  sums[kind] = addDecimals(sums[kind], money)
  told.currencies.set(currency, sums)
}

/** What only changed rows hold is in no sum. */
function byName(currencies: Map<string | null, Money>): ComparedTable['currencies'] {
  return [...currencies]
    .filter(([, { missing, newer }]) => missing !== '0' || newer !== '0')
    .map(([currency, { missing, newer }]) => ({ currency, missing, newer }))
    .sort((one, other) => (one.currency ?? '').localeCompare(other.currency ?? ''))
}

function bump(tallies: Map<string, Tally>, key: string, kind: Kind): void {
  const tally = tallies.get(key) ?? { missing: 0, newer: 0, changed: 0 }
  tally[kind] += 1
  tallies.set(key, tally)
}

function exampleOf(
  kind: Kind,
  used: Used,
  keyColumns: readonly string[],
  cell: (column: string | undefined) => string | null,
): Example {
  const key = keyColumns.length === 0 ? null : Object.fromEntries(keyColumns.map((column) => [column, cell(column)]))
  return { kind, key, title: cell(used.title), who: cell(used.who), when: cell(used.when), money: cell(used.money) }
}

/** The side's time zone is pinned to UTC, so a timestamp without one is read as UTC too. */
function hourOf(text: string | null): string | null {
  const found = text === null ? null : /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}))?/.exec(text)
  return found ? `${found[1]}T${found[2] ?? '00'}:00:00Z` : null
}

function topPeople(people: Map<string, Tally>): ComparedTable['people'] {
  const size = ({ missing, newer, changed }: Tally) => missing + newer + changed
  return [...people]
    .map(([who, tally]) => ({ who, ...tally }))
    .sort((a, b) => size(b) - size(a) || a.who.localeCompare(b.who))
    .slice(0, peopleAtMost)
}

function firstHours(hours: Map<string, Tally>): ComparedTable['hours'] {
  return [...hours]
    .map(([hour, tally]) => ({ hour, ...tally }))
    .sort((a, b) => a.hour.localeCompare(b.hour))
    .slice(-hoursAtMost)
}
