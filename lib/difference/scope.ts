/**
 * Which tables an operation is about. `tables` takes shell-like patterns (`*` is any run of characters, nothing else is special); a pattern
 * without schema looks in all of them. Partitions and inheritance children belong to the scope wherever they live (S101).
 */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'schemas'; readonly schemas: readonly string[] }
  | { readonly kind: 'tables'; readonly patterns: readonly TablePattern[] }

export type TablePattern = { readonly schema?: string; readonly table: string }
