import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { type AskPreviewInput, askPreview } from '#lib/tickets/ask-preview.ts'

type Asked = Omit<AskPreviewInput, 'snapshotId'> & { snapshotId: string | undefined }

/** "Compare with now": has the loss preview made and goes to where it is shown; a no, or a missing choice, is answered beside the button. */
export async function askForPreview(
  previous: ActionState,
  actor: Person,
  { snapshotId, ...asked }: Asked,
  page: string,
  /** What else the page's address keeps. */
  kept: Record<string, string> = {},
): Promise<ActionState> {
  if (snapshotId === undefined) {
    const t = await getTranslations('newRestore')
    return answered(previous, { fieldErrors: { snapshotId: t('pointNeeded') } })
  }
  const answer = await askPreview(deskDb(), actor, { ...asked, snapshotId })
  if (!answer.ok) return answered(previous, { refusal: await sayRefusal(answer.refusal, actor.timeZone) })
  redirect(`${page}?${new URLSearchParams({ ...kept, preview: answer.previewId })}#preview` as Route)
}
