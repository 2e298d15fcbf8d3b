import { getTranslations } from 'next-intl/server'

/** Whether a preview is still a question, was carried out, or never will be. */
export type PreviewTense = 'asked' | 'done' | 'never'
export type PreviewHeads = { comesBack: string; wiped: string; changed: string }

/** What the three counts are called: before the restore, after it, and where it never came to one. */
export async function previewHeads(tense: PreviewTense): Promise<PreviewHeads> {
  const t = await getTranslations('preview')
  if (tense === 'asked') return { comesBack: t('comesBack'), wiped: t('wiped'), changed: t('changed') }
  return { comesBack: t(`${tense}.comesBack`), wiped: t(`${tense}.wiped`), changed: t(`${tense}.changed`) }
}
