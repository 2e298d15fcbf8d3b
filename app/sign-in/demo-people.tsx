import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Badge } from '#app/_ui/badge.tsx'
import { buttonLook } from '#app/_ui/button.tsx'
import { Card } from '#app/_ui/card.tsx'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { listDemoPeople } from '#lib/identity/demo-people.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { signInAsDemoPerson } from './actions.ts'

/** The demo's way in: everybody by name and role, customers by portal. One press, no password. */
export async function DemoPeople({ next }: { next: string }): Promise<ReactNode> {
  const t = await getTranslations('signIn')
  const { portals, staff } = await listDemoPeople(deskDb())
  return (
    <section aria-labelledby="demo-people" className="space-y-4 border-t border-line pt-6">
      <div className="space-y-1">
        <h2 id="demo-people" className="text-lg font-semibold">
          {t('demoTitle')}
        </h2>
        <p className="text-soft">{t('demoWhy')}</p>
      </div>
      <div className="gap-4 space-y-4 md:columns-2 *:break-inside-avoid">
        <Card level={3} title={t('desk')}>
          <People
            next={next}
            people={staff.map((it) => ({ ...it, role: it.deskRoles.map((role) => t(`roles.${role}`)).join(', ') }))}
          />
        </Card>
        {portals
          .filter((portal) => portal.people.length > 0)
          .map((portal) => (
            <Card
              key={portal.externalId}
              level={3}
              title={portal.name}
              aside={
                <span className="flex flex-wrap gap-1">
                  <Badge>{portal.edition === 'self_hosted' ? t('selfHosted') : <PlanName plan={portal.plan} />}</Badge>
                  {portal.status === 'active' ? null : <Badge tone="warn">{t(`status.${portal.status}`)}</Badge>}
                </span>
              }
            >
              <People next={next} people={portal.people.map((it) => ({ ...it, role: t(`relations.${it.relation}`) }))} />
            </Card>
          ))}
      </div>
    </section>
  )
}

function People({ people, next }: { people: { userId: string; name: string; role: string }[]; next: string }): ReactNode {
  return (
    <ul className="space-y-2">
      {people.map(({ userId, name, role }) => (
        <li key={userId}>
          <form action={signInAsDemoPerson}>
            <input type="hidden" name="userId" value={userId} />
            <input type="hidden" name="next" value={next} />
            <button type="submit" className={`${buttonLook({ wide: true })} justify-between!`}>
              <span className="shrink-0 text-left">{name}</span>{' '}
              <span className="text-right text-sm font-normal text-soft">{role}</span>
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}

async function PlanName({ plan }: { plan: string }): Promise<ReactNode> {
  return sayPlan(plan)
}
