import type { TableName } from './names.ts'
import type { Protection } from './protection.ts'

/**
 * Which tables an operation is about, and what of them stays as it is (`protection`). `tables` takes shell-like patterns (`*` is any run of characters, nothing else is special); a pattern
 * without schema looks in all of them. Partitions and inheritance children belong to the scope wherever they live (S101).
 */
export type Scope = Reach & { readonly protection?: Protection | undefined }

export type Reach =
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

/** Whether the reach names this table itself; its descendants are the caller's to add. The same as `scopeCondition`, for where no database can be asked. */
export function names(reach: Reach, { schema, name }: TableName): boolean {
  if (schema.startsWith('pg_') || schema === 'information_schema') return false
  switch (reach.kind) {
    case 'all':
      return true
    case 'schemas':
      return reach.schemas.includes(schema)
    case 'tables':
      return reach.patterns.some((pattern) => fits(pattern.schema ?? '*', schema) && fits(pattern.table, name))
  }
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'su').test(text)
}

function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}
