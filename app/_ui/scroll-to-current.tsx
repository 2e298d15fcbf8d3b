'use client'

import { type ReactNode, useEffect, useRef } from 'react'

/** Put into something that scrolls sideways: brings what is marked `data-current` in it into sight, and leaves the page where it is. */
export function ScrollToCurrent(): ReactNode {
  const anchor = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const frame = anchor.current?.parentElement
    const current = frame?.querySelector('[data-current]')
    if (!frame || !current) return
    const [around, inside] = [frame.getBoundingClientRect(), current.getBoundingClientRect()]
    frame.scrollLeft += inside.left + inside.width / 2 - around.left - around.width / 2
  }, [])
  return <span ref={anchor} hidden />
}
