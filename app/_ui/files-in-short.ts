import { getLocale, getTranslations } from 'next-intl/server'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { number } from './format/numbers.ts'

/** What becomes of the portal's files, in a few words beside the numbers of rows; null where it keeps none. */
export async function filesInShort(report: Pick<PreviewReport, 'files'> | null): Promise<string | null> {
  const [t, locale] = await Promise.all([getTranslations('preview.files'), getLocale()])
  const files = report?.files
  if (files === undefined) return null
  if (files === 'not_kept') return t('notKeptShort')
  if (files === 'stay') return t('stayShort')
  const count = (value: number) => number(value, locale)
  return t('short', { back: count(files.missing), lost: count(files.newer), changed: count(files.changed) })
}
