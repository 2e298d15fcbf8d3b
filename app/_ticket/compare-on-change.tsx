'use client'

import { type ReactNode, useEffect, useRef } from 'react'

/** Once there is a preview, another scope or restore point asks for its own at once: the price beside the button is never that of something else. */
export function CompareOnChange({ fields, active }: { fields: string[]; active: boolean }): ReactNode {
  const anchor = useRef<HTMLInputElement>(null)
  const names = fields.join(' ')
  useEffect(() => {
    const form = anchor.current?.form
    if (!form || !active) return
    const compare = (event: Event) => {
      if (!(event.target instanceof HTMLInputElement) || !names.split(' ').includes(event.target.name)) return
      const button = form.querySelector('button[data-event="COMPARE"]')
      if (button instanceof HTMLButtonElement) form.requestSubmit(button)
    }
    form.addEventListener('change', compare)
    return () => form.removeEventListener('change', compare)
  }, [names, active])
  return <input ref={anchor} type="hidden" />
}
