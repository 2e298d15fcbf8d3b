import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Choice } from '#app/_ui/choice.tsx'
import type { NewRestore } from '#lib/tickets/read-new-restore.ts'

/** How much goes back, the smaller first: what one gets, loses and keeps, who must agree, how long it takes. */
export async function ScopeChoice({
  facts: { policy, portal },
  chosen,
}: {
  facts: NewRestore
  chosen: 'crm' | 'full'
}): Promise<ReactNode> {
  const t = await getTranslations('newRestore.scope')
  const lines = ['back', 'lose', 'keep', 'agree', 'time'] as const
  const approvers = (scope: 'crm' | 'full') => (scope === 'full' && portal.userCount > policy.twoApproversAboveUsers ? 2 : 1)
  return (
    <fieldset>
      <legend className="sr-only">{t('legend')}</legend>
      <div className="grid gap-3 md:grid-cols-2">
        {policy.scopes.map((scope) => (
          <Choice key={scope} name="scope" value={scope} defaultChecked={scope === chosen} title={t(`${scope}.title`)}>
            <span className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1.5 text-sm">
              {lines.map((line) => (
                <span key={line} className="contents">
                  <span className="text-faint">{t(`line.${line}`)}</span>
                  <span className="text-ink">{t(`${scope}.${line}`, { count: approvers(scope) })}</span>
                </span>
              ))}
            </span>
          </Choice>
        ))}
      </div>
    </fieldset>
  )
}
