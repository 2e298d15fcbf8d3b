import type { Metadata } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { buttonLook } from '#app/_ui/button.tsx'
import { Card } from '#app/_ui/card.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { signInAsDemoPerson } from '#app/sign-in/actions.ts'
import { bindWords } from '#lib/domain/bind-words.ts'
import { type DemoPerson, listDemoPeople } from '#lib/identity/demo-people.ts'
import { newestTickets } from '#lib/runtime/demo/newest-tickets.ts'
import { type Story, type StoryPlace, type StoryStep, stories } from '#lib/runtime/demo/stories.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { requireDemo } from './require-demo.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('demo'))('stories') }
}

type Cast = { people: Map<string, DemoPerson>; newest: Map<string, number> }

/** Stories to play: who to be, what to do, what to look at. One press makes you that person, there. */
export default async function Stories(): Promise<ReactNode> {
  requireDemo()
  const [t, everybody, newest] = await Promise.all([getTranslations('demo'), listDemoPeople(deskDb()), newestTickets(deskDb())])
  const people = [...everybody.staff, ...everybody.portals.flatMap((portal) => portal.people)]
  const cast = { people: new Map(people.map((person) => [person.email, person])), newest }
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader title={t('stories')} facts={t('storiesWhy')} />
      {stories.map((story) => (
        <Told key={story.key} story={story} cast={cast} />
      ))}
    </main>
  )
}

async function Told({ story, cast }: { story: Story; cast: Cast }): Promise<ReactNode> {
  const locale = await getLocale()
  return (
    <Card title={story.title[locale]} id={story.key}>
      <p className="max-w-prose text-soft">{bindWords(story.about[locale], locale)}</p>
      <ol className="mt-4 divide-y divide-line">
        {story.steps.map((step, n) => (
          <Step key={`${step.person}-${step.does.en}`} n={n + 1} step={step} cast={cast} />
        ))}
      </ol>
    </Card>
  )
}

async function Step({ n, step, cast }: { n: number; step: StoryStep; cast: Cast }): Promise<ReactNode> {
  const [t, locale] = [await getTranslations('demo'), await getLocale()]
  const person = cast.people.get(step.person)
  return (
    <li className="grid grid-cols-[1rem_1fr] gap-x-3 gap-y-3 py-4 last:pb-0 sm:grid-cols-[2rem_1fr_auto] sm:gap-x-5">
      <span className="figures text-faint">{n}</span>
      <div className="max-w-prose space-y-1">
        <p>{bindWords(step.does[locale], locale)}</p>
        <p className="text-sm text-soft">
          {t('look')} {bindWords(step.look[locale], locale)}
        </p>
      </div>
      {person === undefined ? null : (
        <form action={signInAsDemoPerson} className="max-sm:col-start-2">
          <input type="hidden" name="userId" value={person.userId} />
          <input type="hidden" name="next" value={pathOf(step.place, cast.newest)} />
          <button type="submit" className={buttonLook({})}>
            {t('be', { name: person.name })}
          </button>
        </form>
      )}
    </li>
  )
}

/** Before a story's ticket has been opened, its later steps begin at home. */
function pathOf(place: StoryPlace, newest: Map<string, number>): string {
  if (place.kind === 'page') return place.path
  const number = newest.get(place.portal)
  if (number === undefined) return '/'
  switch (place.page) {
    case 'customer':
      return `/tickets/${number}`
    case 'consent':
      return `/tickets/${number}/consent`
    case 'upgrade':
      return `/tickets/${number}/upgrade`
    case 'desk':
      return `/desk/tickets/${number}`
  }
}
