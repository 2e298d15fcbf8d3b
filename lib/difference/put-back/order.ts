import type { Baseline } from '../compare/baseline.ts'
import type { Protection } from '../protection.ts'
import type { Applying } from '../restore-order.ts'
import type { Scope } from '../scope.ts'
import type { Side } from '../side.ts'
import type { WipedSet } from '../wiped-set.ts'
import type { ChosenRecords } from './types.ts'

/** What is to come back; enough for a preview. */
export type PutBackRequest = {
  readonly live: Side
  readonly snapshot: Side
  readonly baseline?: Baseline | null
  /** Where records are looked for; parents outside it are not brought, and a row that needs one is in conflict. */
  readonly scope: Scope
  readonly records: readonly ChosenRecords[]
  /** Rows in conflict, and all that points at them, stay away; false refuses as long as there is one. */
  readonly leaveOutConflicts: boolean
}

export type PutBack = Applying &
  PutBackRequest & {
    /** The rows that may come back, as the preview's `rows` had them; null asks nobody: rehearsals. */
    readonly consented: WipedSet | null
  }

/** What a put-back's undo is given; `snapshot` is the safety copy made before the put-back. */
export type UndoPutBackRequest = {
  readonly live: Side
  readonly snapshot: Side
  /** The journal of the put-back that is undone. */
  readonly undoOf: string
  /** As of the put-back: its rows are told by what is not protected. */
  readonly protection?: Protection | undefined
  readonly leaveOutConflicts: boolean
}

export type UndoPutBack = Applying & UndoPutBackRequest & { readonly consented: WipedSet | null }
