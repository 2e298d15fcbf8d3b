import type { EdgePolicy } from '#lib/difference/restore.ts'
import type { Reach, Scope } from '#lib/difference/scope.ts'
import { closeSide, openSide, type Side } from '#lib/difference/side.ts'
import type { EdgeHandling, PortalRef, RestoreScope } from '../../port.ts'
import { applicationName, urlOf } from './connect.ts'

/** Opens the engine's pinned connections to some databases of one server, hands them over, closes them whatever happens. */
export async function withSides<T>(
  adminUrl: string,
  wanted: readonly { databaseName: string; replica?: boolean }[],
  use: (...sides: Side[]) => Promise<T>,
): Promise<T> {
  const sides: Side[] = []
  try {
    for (const { databaseName, replica } of wanted) {
      sides.push(await openSide({ connectionString: urlOf(adminUrl, databaseName), applicationName, replica: replica ?? false }))
    }
    return await use(...sides)
  } finally {
    await Promise.all(sides.map((side) => closeSide(side)))
  }
}

/** The engine's scope for a restore of this portal; `schema.table` and bare `table` patterns, whole schemas as the pattern `schema.*`. */
export function scopeOf(portal: PortalRef, scope: RestoreScope): Scope {
  return { ...reachOf(portal, scope), protection: portal.protection }
}

function reachOf({ scopePatterns }: PortalRef, scope: RestoreScope): Reach {
  // What was deleted with a record may lie anywhere, so a put-back looks everywhere.
  if (scope === 'full' || scope === 'put_back') return { kind: 'all' }
  if (scopePatterns.tables.length === 0) return { kind: 'schemas', schemas: scopePatterns.schemas }
  const tables = scopePatterns.tables.map((pattern) => {
    const dot = pattern.indexOf('.')
    return dot < 0 ? { table: pattern } : { schema: pattern.slice(0, dot), table: pattern.slice(dot + 1) }
  })
  return { kind: 'tables', patterns: [...scopePatterns.schemas.map((schema) => ({ schema, table: '*' })), ...tables] }
}

/** The portal's configuration as the engine takes it: `*` is for every reference that is not named. */
export function edgePolicies({ '*': otherwise, ...byEdge }: EdgeHandling): {
  byEdge: Record<string, EdgePolicy>
  otherwise: EdgePolicy
} {
  return { byEdge, otherwise: otherwise ?? 'refuse' }
}
