/**
 * Which tables an operation is about. `tables` takes shell-like patterns (`*` is any run of characters, nothing else is special); a pattern
 * without schema looks in all of them. Partitions and inheritance children belong to the scope wherever they live (S101).
 */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'schemas'; readonly schemas: readonly string[] }
  | { readonly kind: 'tables'; readonly patterns: readonly TablePattern[] }

export type TablePattern = { readonly schema?: string; readonly table: string }

export type ScopeCondition = { readonly sql: string; readonly values: readonly unknown[] }

/** What a scope means for `pg_class c JOIN pg_namespace n`, before its descendants are added. Parameters start at `$1`. */
export function scopeCondition(scope: Scope): ScopeCondition {
  const notTheSystem = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
  switch (scope.kind) {
    case 'all':
      return { sql: notTheSystem, values: [] }
    case 'schemas':
      return { sql: `${notTheSystem} AND n.nspname = ANY ($1::text[])`, values: [scope.schemas] }
    case 'tables':
      return {
        sql: `${notTheSystem} AND EXISTS (SELECT FROM unnest($1::text[], $2::text[]) AS p(schema, name)
                WHERE n.nspname LIKE p.schema AND c.relname LIKE p.name)`,
        values: [
          scope.patterns.map((pattern) => likePattern(pattern.schema ?? '*')),
          scope.patterns.map((pattern) => likePattern(pattern.table)),
        ],
      }
  }
}

function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}
