import type { Route } from 'next'
import type { QueueQuery } from '#lib/tickets/read-queue.ts'

/** The address of a view: only what differs from the default is in it, so that it reads well and can be kept. */
export function queueAddress({ view, q, scope, cursor }: QueueQuery): Route {
  const params = new URLSearchParams()
  if (view !== 'all') params.set('view', view)
  if (q !== '') params.set('q', q)
  if (scope !== undefined) params.set('scope', scope)
  if (cursor !== undefined) params.set('cursor', cursor)
  const text = params.toString()
  return (text === '' ? '/desk' : `/desk?${text}`) as Route
}
