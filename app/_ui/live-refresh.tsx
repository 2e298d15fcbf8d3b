'use client'

import WifiOff from 'lucide-react/icons/wifi-off'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useEffectEvent, useState, useTransition } from 'react'

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
  preview,
  version,
  words,
}: {
  /** Ticket number; without it, everything the reader may see. */
  ticket?: number
  /** Of a preview that is being computed: this one alone. */
  preview?: string
  /** The version this page was made from: a change between its making and its listening is told at once. */
  version?: number
  words: { updated: string; offline: string }
}): ReactNode {
  const router = useRouter()
  const [refreshing, start] = useTransition()
  const [changes, setChanges] = useState(0)
  const [madeFrom] = useState(version)
  const [shown, setShown] = useState(0)
  const offline = useStream(addressOf(ticket, preview, madeFrom), () => setChanges((count) => count + 1))

  // One refresh at a time: what changes meanwhile makes one more after it.
  useEffect(() => {
    if (refreshing || changes === shown) return
    const gathering = setTimeout(() => {
      setShown(changes)
      start(() => router.refresh())
    }, gatherMs)
    return () => clearTimeout(gathering)
  }, [router, refreshing, changes, shown])

  return (
    <>
      {/* A mark of no width, so that the same sentence is read out again. */}
      <p className="sr-only" aria-live="polite">
        {shown > 0 ? `${words.updated}${'\u200b'.repeat(shown % 2)}` : ''}
      </p>
      {offline ? (
        <output className="fixed inset-x-4 bottom-4 z-30 mx-auto flex w-fit items-center gap-2 rounded-md border border-warn-line bg-warn-tint px-3 py-2 text-sm text-warn shadow-float">
          <WifiOff className="size-4 shrink-0" aria-hidden="true" />
          {words.offline}
        </output>
      ) : null}
    </>
  )
}

function addressOf(ticket: number | undefined, preview: string | undefined, madeFrom: number | undefined): string {
  if (preview !== undefined) return `/api/stream?preview=${preview}`
  if (ticket === undefined) return '/api/stream'
  return `/api/stream?ticket=${ticket}${madeFrom === undefined ? '' : `&seen=${madeFrom}`}`
}

/** Calls `changed` for each event, and once when a lost stream is back. True while it has been away for longer than a moment. */
function useStream(address: string, changed: () => void): boolean {
  const [offline, setOffline] = useState(false)
  const tell = useEffectEvent(changed)
  useEffect(() => {
    const stream = new EventSource(address)
    let losing: ReturnType<typeof setTimeout> | undefined
    let lost = false
    stream.addEventListener('message', () => tell())
    stream.addEventListener('open', () => {
      clearTimeout(losing)
      losing = undefined
      setOffline(false)
      if (lost) tell()
      lost = false
    })
    stream.addEventListener('error', () => {
      lost = true
      losing ??= setTimeout(() => setOffline(true), offlineAfterMs)
    })
    return () => {
      stream.close()
      clearTimeout(losing)
    }
  }, [address])
  return offline
}
