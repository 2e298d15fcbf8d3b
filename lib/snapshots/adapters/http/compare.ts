import type { CompareRequest, Comparison, CrossCheck } from '../../port.ts'
import { foundRemote, runQuiet } from './call-remote.ts'
import { RemoteProblem } from './problem.ts'
import { results, sentPortal } from './protocol.ts'
import { belongs, provableScope, unprovable } from './prove.ts'
import type { FindRemote } from './remote.ts'

/**
 * The remote's comparison: what it says would be lost is what people consent to. Whether the portal was then brought to the snapshot is proved without it;
 * what could not be proved is refused here, before anybody consents.
 */
export function compareWith(find: FindRemote) {
  return async (request: CompareRequest, signal?: AbortSignal): Promise<Comparison> => {
    const { portal, snapshot, against, scope, columns, examplesPerTable, edgeHandling } = request
    if (scope === 'put_back') throw unprovable('records do not come back alone through a remote')
    const named = ({ id, databaseName }: CompareRequest['snapshot']) => ({ id, databaseName })
    const body = {
      portal: sentPortal(portal),
      snapshot: named(snapshot),
      ...(against ? { against: named(against) } : {}),
      scope,
      columns,
      examplesPerTable,
      edgeHandling,
    }
    const told = await runQuiet(foundRemote(find), '/comparisons', body, results.comparison, signal)
    mustAddUp(told)
    const refusals = { inPlace: told.refusals.inPlace ?? whyUnprovable(request, told.edges), swap: noSwap }
    return { ...told, refusals, estimate: { ...told.estimate, offlineMs: 0 } }
  }
}

/** There is one way only, and nothing to hold against it. */
export const crossCheck = async (): Promise<CrossCheck> => ({ agree: true, ways: [] })

const noSwap = { code: 'remote_unprovable', facts: { because: 'whole databases do not change places through a remote' } } as const

function whyUnprovable({ portal, scope }: CompareRequest, edges: Comparison['edges']): Comparison['refusals']['inPlace'] {
  try {
    const provable = provableScope(portal, scope)
    // A reference that is set to null changes a restored row, where it begins in the scope: its table's sum is not the snapshot's any more.
    const nulled = edges.filter(({ handling, fromTable }) => handling === 'null' && belongs(portal, provable, tableOf(fromTable)))
    return nulled.length === 0
      ? null
      : unprovable(`references of restored rows would be set to null: ${nulled.map(({ constraint }) => constraint).join(', ')}`)
          .refusal
  } catch (cause) {
    if (cause instanceof RemoteProblem) return cause.refusal
    throw cause
  }
}

function tableOf(name: string): { schema: string; table: string } {
  const dot = name.indexOf('.')
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) }
}

/** Totals that are not the sum of their tables are no comparison. */
function mustAddUp({ total, tables }: Pick<Comparison, 'total' | 'tables'>): void {
  for (const kind of ['missing', 'newer', 'changed'] as const) {
    if (tables.reduce((sum, table) => sum + table[kind], 0) !== total[kind])
      throw new RemoteProblem(`its ${kind} rows do not add up`)
  }
}
