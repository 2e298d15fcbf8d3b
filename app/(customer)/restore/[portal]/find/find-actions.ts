'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { askForPreview } from '#app/_ticket/ask-for-preview.ts'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { askSearch, wordsAtMost } from '#lib/tickets/ask-search.ts'
import { readAskedSearch } from '#lib/tickets/read-asked-search.ts'
import { suggestPoint } from './suggest-point.ts'

const text = z.string().catch('')
const formSchema = z.object({ event: text, portal: text, portalId: z.uuid(), words: text, searchId: text })
type Form = z.output<typeof formSchema>

/** The buttons of "Find my record": find; have what was ticked put back, or made into files; go back whole to the restore point that has it. */
export async function findRecord(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const form = formSchema.parse(Object.fromEntries(data))
  const ticked = z.array(z.coerce.number().int().nonnegative()).catch([]).parse(data.getAll('record'))
  switch (form.event) {
    case 'CHOOSE_POINT':
      return choose(previous, actor, form, ticked)
    case 'PUT_BACK':
      return ask(previous, actor, form, ticked, 'put_back')
    case 'EXTRACT':
      return ask(previous, actor, form, ticked, 'extract')
    default:
      return find(previous, actor, form)
  }
}

async function find(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const t = await getTranslations('findRecord')
  const words = form.words.trim()
  if (words === '') return answered(previous, { fieldErrors: { words: t('wordsNeeded') } })
  if (words.length > wordsAtMost) return answered(previous, { fieldErrors: { words: t('wordsLong') } })
  const answer = await askSearch(deskDb(), actor, { portalId: form.portalId, words })
  if (!answer.ok) return answered(previous, { refusal: await sayRefusal(answer.refusal, actor.timeZone) })
  redirect(`${pageOf(form)}?search=${answer.searchId}#find` as Route)
}

/** What was ticked, with the newest restore point that has it all, or the most of it; null where nothing would come of it. */
async function chosenIn(actor: Person, form: Form, ticked: number[]) {
  const search = await readAskedSearch(deskDb(), actor, form.searchId)
  const report = search?.state === 'ready' ? search.report : null
  const wanted = ticked.flatMap((at) => report?.records[at] ?? [])
  const suggested = suggestPoint(wanted, report?.points.map(({ id }) => id) ?? [])
  return search === null || suggested === null ? null : { search, wanted, suggested }
}

/** The price of one of the two ways that are about what was ticked alone. */
async function ask(
  previous: ActionState,
  actor: Person,
  form: Form,
  ticked: number[],
  scope: 'put_back' | 'extract',
): Promise<ActionState> {
  const t = await getTranslations('findRecord')
  const chosen = await chosenIn(actor, form, ticked)
  if (chosen === null) return answered(previous, { fieldErrors: { record: t('chooseNeeded') } })
  if (scope === 'put_back' && !chosen.wanted.every(({ live }) => live === false))
    return answered(previous, { fieldErrors: { record: t('putBackNot') } })
  const { search, suggested } = chosen
  const asked = {
    portalId: form.portalId,
    snapshotId: suggested.pointId,
    scope,
    records: { searchId: search.id, places: ticked },
  }
  const kept = { search: search.id, records: ticked.join(' '), snapshot: suggested.pointId }
  return askForPreview(previous, actor, asked, pageOf(form), kept)
}

async function choose(previous: ActionState, actor: Person, form: Form, ticked: number[]): Promise<ActionState> {
  const t = await getTranslations('findRecord')
  const chosen = await chosenIn(actor, form, ticked)
  if (chosen === null) return answered(previous, { fieldErrors: { record: t('chooseNeeded') } })
  const { search, suggested } = chosen
  const query = new URLSearchParams({
    search: search.id,
    records: ticked.join(' '),
    snapshot: suggested.pointId,
    scope: suggested.scope,
  })
  redirect(`${pageOf(form)}?${query}#point` as Route)
}

const pageOf = ({ portal }: Form): string => `/restore/${encodeURIComponent(portal)}`
