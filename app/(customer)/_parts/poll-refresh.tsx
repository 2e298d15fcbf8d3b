'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect } from 'react'

/** Looks again every so often, for what no ticket announces: a preview that is still being computed. Stands there only while it is. */
export function PollRefresh({ everyMs }: { everyMs: number }): ReactNode {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => router.refresh(), everyMs)
    return () => clearInterval(timer)
  }, [router, everyMs])
  return null
}
