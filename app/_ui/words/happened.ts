import type { EventType } from '#lib/domain/events.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'

/** Events that have words of their own where a ticket is about chosen records: nothing goes back as a whole there. */
const own = {
  extract: ['BEGIN_RESTORE', 'RUN_SUCCEEDED', 'RUN_FAILED', 'RUN_CANCELLED', 'APPROVE_RESTORE', 'REJECT_RESTORE'],
  put_back: ['RUN_SUCCEEDED', 'CONSENT_STALE', 'UNDO_SUCCEEDED'],
} as const

type OwnWord = { [S in keyof typeof own]: `${S}.${(typeof own)[S][number]}` }[keyof typeof own]

/** The key, below `happened`, of what an event is called on a ticket of this scope. */
export function happenedWord(type: EventType, scope: Scope): EventType | OwnWord {
  if (scope === 'extract') {
    const word = own.extract.find((one) => one === type)
    if (word) return `extract.${word}`
  }
  if (scope === 'put_back') {
    const word = own.put_back.find((one) => one === type)
    if (word) return `put_back.${word}`
  }
  return type
}
