import Search from 'lucide-react/icons/search'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Button } from '#app/_ui/button.tsx'
import { scopes as all } from '#lib/domain/policy/policy.ts'
import type { QueueQuery } from '#lib/tickets/read-queue.ts'

/** A plain GET form: what is searched is in the address, and works without a script. */
export async function QueueFilter({ query }: { query: QueueQuery }): Promise<ReactNode> {
  const [t, scopes] = await Promise.all([getTranslations('queue'), getTranslations('scopes')])
  const look = 'min-h-8 rounded-md border border-control bg-surface px-2 text-dense hover:border-soft'
  return (
    <search className="max-sm:w-full">
      <form action="/desk" method="get" className="flex flex-wrap items-center gap-1.5 max-sm:w-full">
        {query.view === 'all' ? null : <input type="hidden" name="view" value={query.view} />}
        <label className="sr-only" htmlFor="queue-search">
          {t('search')}
        </label>
        <input
          id="queue-search"
          type="search"
          name="q"
          defaultValue={query.q}
          placeholder={t('searchHint')}
          maxLength={200}
          data-queue-search=""
          className={`${look} w-56 max-sm:w-full`}
        />
        <label className="sr-only" htmlFor="queue-scope">
          {t('scope')}
        </label>
        <select id="queue-scope" name="scope" defaultValue={query.scope ?? ''} className={`${look} max-sm:flex-1`}>
          <option value="">{t('anyScope')}</option>
          {all.map((scope) => (
            <option key={scope} value={scope}>
              {scopes(scope)}
            </option>
          ))}
        </select>
        <Button type="submit" size="dense" icon={<Search aria-hidden="true" />}>
          {t('searchButton')}
        </Button>
      </form>
    </search>
  )
}
