import type { TableWords } from '#db/schema/index.ts'
import { addDecimals } from './decimals.ts'
import type { ComparedTable, Worth } from './port.ts'
import type { MeaningReport } from './preview-report.ts'

/** What the loss means: the records in those stages that the portal's settings give a name to, in the order of the settings. */
export function meaningReport(tables: ComparedTable[], words: TableWords[]): MeaningReport {
  return words.flatMap(({ schema, table: name, stages }) => {
    const compared = tables.find((table) => table.schema === schema && table.table === name)?.stages ?? []
    return Object.entries(stages?.names ?? {}).flatMap(([stage, called]) => {
      const line = compared.find((one) => one.stage === stage)
      if (line === undefined) return []
      return [{ name: called, comesBack: line.missing, lost: sumOf(line.newer, line.changed) }]
    })
  })
}

/** Entered in this stage since, or come to it since: either is gone. */
function sumOf(one: Worth, other: Worth): Worth {
  const sums = new Map(one.money.map(({ currency, sum }) => [currency, sum]))
  for (const { currency, sum } of other.money) sums.set(currency, addDecimals(sums.get(currency) ?? '0', sum))
  return { rows: one.rows + other.rows, money: [...sums].map(([currency, sum]) => ({ currency, sum })) }
}
