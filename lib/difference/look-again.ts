import { type Catalogue, readCatalogue } from './catalogue.ts'
import { findDrift } from './drift.ts'
import { asRefusal } from './find-obstacles.ts'
import { refuse } from './refusal.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'

/**
 * Structure under the lock, against the snapshot's. The frozen side's own share locks kept columns and constraints still; triggers, rules and new tables
 * need another look.
 */
export async function lookAgain(writer: Side, scope: Scope, snapshot: Catalogue): Promise<Catalogue> {
  const catalogue = await readCatalogue(writer, scope)
  const { drift } = findDrift(catalogue, snapshot)
  if (drift[0] !== undefined) throw refuse(asRefusal(drift[0]).code, asRefusal(drift[0]).facts)
  const rules = catalogue.tables.find((table) => table.loudRules.length > 0)
  if (rules !== undefined) throw refuse('rule_always', { table: rules.quoted, rules: rules.loudRules })
  return catalogue
}
