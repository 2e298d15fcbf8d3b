import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import type { SaidRefusal } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { happenedWord } from '#app/_ui/words/happened.ts'
import type { Person } from '#lib/domain/actor.ts'
import { ticketEventSchema } from '#lib/domain/events.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readNames } from '#lib/tickets/read-names.ts'

const moved = z.object({
  event: z.enum(ticketEventSchema.options.map((option) => option.shape.type.value)),
  userId: z.uuid().nullable(),
})
const facts = z.object({ since: z.array(moved).default([]), last: moved.nullable().default(null) })

/** A refusal, and where somebody else was quicker, who moved what (S43, S44, S46). */
export async function sayConflict(refusal: Refusal, actor: Person): Promise<SaidRefusal> {
  const said = await sayRefusal(refusal, actor.timeZone)
  if (refusal.code !== 'version_conflict' && refusal.code !== 'not_now') return said
  const { since, last } = facts.parse(refusal.facts)
  const moves = last === null ? since : [last]
  if (moves.length === 0) return said
  const [happened, t, names] = await Promise.all([
    getTranslations('happened'),
    getTranslations('ticketForm'),
    readNames(
      deskDb(),
      actor,
      moves.flatMap(({ userId }) => userId ?? []),
    ),
  ])
  const lines = moves.map(({ event, userId }) =>
    t('moved', { event: happened(happenedWord(event, 'crm')), who: (userId && names.get(userId)) || t('system') }),
  )
  return { ...said, why: `${said.why} ${lines.join(' ')}` }
}
