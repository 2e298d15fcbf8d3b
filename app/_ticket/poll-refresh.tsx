'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useTransition } from 'react'

/**
 * Looks again every so often, for what no ticket announces: a preview that is still being computed. Stands there only while it is. The
 * next look waits for the one before, so that a slow line is not flooded.
 */
export function PollRefresh({ everyMs }: { everyMs: number }): ReactNode {
  const router = useRouter()
  const [looking, start] = useTransition()
  useEffect(() => {
    if (looking) return
    const timer = setTimeout(() => start(() => router.refresh()), everyMs)
    return () => clearTimeout(timer)
  }, [router, everyMs, looking])
  return null
}
