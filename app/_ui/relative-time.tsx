'use client'

import { type ReactNode, useEffect, useState } from 'react'
import type { Locale } from '#lib/domain/actor.ts'
import { duration, relativeTime } from './format/time.ts'

/**
 * Keeps "2 h ago" and "5 h 12 min left" true while a page stays open. It starts from the server's `now` and adds what the page
 * itself has lived, so a wrong clock on the reader's machine shows nothing wrong (S91).
 */
export function RelativeTime({
  at,
  now,
  locale,
  form = 'relative',
}: {
  at: number
  now: number
  locale: Locale
  form?: 'relative' | 'left'
}): ReactNode {
  const [tick, setTick] = useState({ from: now, lived: 0 })
  useEffect(() => {
    const since = performance.now()
    const timer = setInterval(() => setTick({ from: now, lived: performance.now() - since }), 20_000)
    return () => clearInterval(timer)
  }, [now])
  // A new `now` from the server starts the page's own count anew.
  const instant = tick.from === now ? now + tick.lived : now
  return form === 'left' ? duration(coarse(at - instant), locale) : relativeTime(new Date(at), new Date(instant), locale)
}

/** Seconds are noise on a clock that is redrawn every twenty of them. */
const coarse = (ms: number): number => (ms < 60_000 ? Math.ceil(Math.max(0, ms) / 1000) * 1000 : Math.floor(ms / 60_000) * 60_000)
