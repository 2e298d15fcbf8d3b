'use client'

import Search from 'lucide-react/icons/search'
import { type ReactNode, useId, useState } from 'react'
import { cx } from './cx.ts'
import { scrollable } from './scrollable.ts'

type Kind = 'missing' | 'newer' | 'changed'
export type NamedRecord = { kind: Kind; title: string; type: string; facts: string }

const shownAtMost = 30
const mark: Record<Kind, string> = { missing: 'text-good', newer: 'text-danger', changed: 'text-soft' }

/** Records by name, to look whether the one that matters is among them. Accents and case do not matter. */
export function SearchableNames({
  names,
  words,
}: {
  names: NamedRecord[]
  words: { title: string; search: string; none: string; more: string; cut: string | null; kinds: Record<Kind, string> }
}): ReactNode {
  const [sought, setSought] = useState('')
  const id = useId()
  const found =
    sought.trim() === ''
      ? names
      : names.filter((name) => plain(`${name.title} ${name.type} ${name.facts}`).includes(plain(sought.trim())))
  return (
    <section className="space-y-2">
      <h3 className="font-semibold" id={`${id}-title`}>
        {words.title}
      </h3>
      <div className="relative">
        <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" aria-hidden="true" />
        <input
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          value={sought}
          onChange={(event) => setSought(event.target.value)}
          className="min-h-11 w-full rounded-md border border-control bg-surface pr-3 pl-9 hover:border-soft"
        />
      </div>
      <ul
        {...scrollable}
        aria-labelledby={`${id}-title`}
        className="max-h-96 divide-y divide-line overflow-y-auto rounded-lg border border-line bg-surface text-sm"
      >
        {found.slice(0, shownAtMost).map((name) => (
          <li
            key={`${name.kind}${name.type}${name.title}${name.facts}`}
            className="flex items-baseline justify-between gap-x-3 px-3 py-2"
          >
            <span className="flex min-w-0 flex-wrap gap-x-3">
              <span className="font-medium">{name.title}</span>
              <span className="text-faint">{name.type}</span>
              <span className="figures text-faint">{name.facts}</span>
            </span>
            <span className={cx('shrink-0 font-medium', mark[name.kind])}>{words.kinds[name.kind]}</span>
          </li>
        ))}
        {found.length === 0 ? <li className="px-3 py-4 text-soft">{words.none}</li> : null}
      </ul>
      <p className="text-sm text-faint" aria-live="polite">
        {found.length > shownAtMost
          ? words.more.replace('{shown}', String(shownAtMost)).replace('{all}', String(found.length))
          : words.cut}
      </p>
    </section>
  )
}

const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l').replaceAll('Ł', 'L').toLowerCase()
