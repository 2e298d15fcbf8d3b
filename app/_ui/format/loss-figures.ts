import type { Locale } from '#lib/domain/actor.ts'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { estimated } from './numbers.ts'

/** The three totals of a preview as every page writes them: counted ones as they are, estimated ones marked (S38). */
export function lossFigures(
  { totals, sampled }: Pick<PreviewReport, 'totals' | 'sampled'>,
  locale: Locale,
): { comesBack: string; wiped: string; changed: string } {
  return {
    comesBack: estimated(totals.comesBack, sampled?.missing.atMost, locale),
    wiped: estimated(totals.wiped, sampled?.newer.atMost, locale),
    changed: estimated(totals.changed, sampled?.changed.atMost, locale),
  }
}
