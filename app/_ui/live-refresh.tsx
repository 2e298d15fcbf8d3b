'use client'

import WifiOff from 'lucide-react/icons/wifi-off'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useRef, useState } from 'react'

/** Changes that come close together make one refresh. */
const gatherMs = 250
/** A stream that is away for less than this comes back by itself before anybody needs to know. */
const offlineAfterMs = 4000

/**
 * Listens to the desk's stream of server-sent events and asks Next.js for the page anew when something changed. What was typed and where the
 * reader scrolled stay. When the stream is away it says so; when it comes back it catches up.
 */
export function LiveRefresh({
  ticket,
  words,
}: {
  /** Ticket number; without it, everything the reader may see. */
  ticket?: number
  words: { updated: string; offline: string }
}): ReactNode {
  const router = useRouter()
  const [offline, setOffline] = useState(false)
  const [updates, setUpdates] = useState(0)
  const lost = useRef(false)

  useEffect(() => {
    const stream = new EventSource(ticket === undefined ? '/api/stream' : `/api/stream?ticket=${ticket}`)
    let gathering: ReturnType<typeof setTimeout> | undefined
    let losing: ReturnType<typeof setTimeout> | undefined
    const refreshSoon = () => {
      clearTimeout(gathering)
      gathering = setTimeout(() => {
        router.refresh()
        setUpdates((count) => count + 1)
      }, gatherMs)
    }
    stream.onmessage = refreshSoon
    stream.onopen = () => {
      clearTimeout(losing)
      losing = undefined
      setOffline(false)
      if (lost.current) refreshSoon()
      lost.current = false
    }
    stream.onerror = () => {
      lost.current = true
      losing ??= setTimeout(() => setOffline(true), offlineAfterMs)
    }
    return () => {
      stream.close()
      clearTimeout(gathering)
      clearTimeout(losing)
    }
  }, [router, ticket])

  return (
    <>
      <p className="sr-only" aria-live="polite">
        {updates > 0 ? `${words.updated}${'\u200b'.repeat(updates % 2)}` : ''}
      </p>
      {offline ? (
        <p
          role="status"
          className="fixed inset-x-4 bottom-4 z-30 mx-auto flex w-fit items-center gap-2 rounded-md border border-warn-line bg-warn-tint px-3 py-2 text-sm text-warn shadow-float"
        >
          <WifiOff className="size-4 shrink-0" aria-hidden="true" />
          {words.offline}
        </p>
      ) : null}
    </>
  )
}
