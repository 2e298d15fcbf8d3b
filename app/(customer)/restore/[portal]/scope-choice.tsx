import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Choice } from '#app/_ui/choice.tsx'
import { cx } from '#app/_ui/cx.ts'
import { isOfRecords, type Scope } from '#lib/domain/policy/policy.ts'
import { approvalsNeeded } from '#lib/domain/policy/r9-four-eyes.ts'
import type { NewRestore } from '#lib/tickets/read-new-restore.ts'

const lines = ['back', 'lose', 'keep', 'agree', 'time'] as const

/**
 * What is asked for, the smallest first: what one gets, loses and keeps, who must agree, how long it takes. What is about chosen records waits until some
 * are ticked.
 */
export async function ScopeChoice({
  facts: { policy, portal, isOwner, keepsFiles, scopes, searches },
  chosen,
  ticked,
}: {
  facts: NewRestore
  chosen: Scope
  /** Records ticked in the search above. */
  ticked: number
}): Promise<ReactNode> {
  const t = await getTranslations('newRestore.scope')
  // Without a search nobody can say which records.
  const shown = scopes.filter((scope) => !isOfRecords(scope) || searches !== null)
  return (
    <fieldset>
      <legend className="sr-only">{t('legend')}</legend>
      <div className="grid gap-3 md:grid-cols-2">
        {shown.map((scope) => {
          const waits = isOfRecords(scope) && ticked === 0
          return (
            <Choice
              key={scope}
              name="scope"
              value={scope}
              defaultChecked={scope === chosen && !waits}
              disabled={waits}
              title={t(`${scope}.title`)}
              aside={isOfRecords(scope) && !waits ? t('ticked', { count: ticked }) : undefined}
            >
              {waits ? <span className="block text-sm">{t('tickFirst')}</span> : null}
              <span className={cx('mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1.5 text-sm', waits && 'max-md:hidden')}>
                {lines.map((line) => (
                  <span key={line} className="contents">
                    <span className="text-faint">{t(`line.${line}`)}</span>
                    <span className={waits ? '' : 'text-ink'}>
                      {t(`${scope}.${line === 'agree' && isOwner ? 'agreeOwner' : line}`, {
                        files: keepsFiles ? 'yes' : 'no',
                        count: approvalsNeeded({ scope, userCount: portal.userCount }, policy),
                      })}
                    </span>
                  </span>
                ))}
              </span>
            </Choice>
          )
        })}
      </div>
    </fieldset>
  )
}
