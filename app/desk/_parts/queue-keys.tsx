'use client'

import Keyboard from 'lucide-react/icons/keyboard'
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '#app/_ui/button.tsx'
import { Dialog } from '#app/_ui/dialog.tsx'

/**
 * The queue by keyboard: listens to the document's keydown. `j`/`k` move the focus over the rows' links, so that screen reader, Enter and
 * tooltip follow by themselves; nothing happens while somebody types.
 */
export function QueueKeys({
  words,
}: {
  words: { help: string; title: string; close: string; keys: [string, string][] }
}): ReactNode {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (open || event.ctrlKey || event.metaKey || event.altKey) return
      if (leavesSearch(event) && focusRow(1)) event.preventDefault()
      if (isTyping(event.target)) return
      if (press(event.key)) event.preventDefault()
      if (event.key === '?') setOpen(true)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [open])
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={words.title}
      closeLabel={words.close}
      trigger={
        <Button size="dense" variant="plain" className="max-sm:hidden" icon={<Keyboard aria-hidden="true" />}>
          {words.help}
        </Button>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-2 text-sm">
        {words.keys.map(([key, does]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded-sm border border-control bg-sunken px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

/** Does what the key stands for; false where it stands for nothing. */
function press(key: string): boolean {
  switch (key) {
    case 'j':
      return focusRow(1)
    case 'k':
      return focusRow(-1)
    case 'c':
      return clickIn(currentRow(), '[data-event="CLAIM_TICKET"]')
    case '/':
      return focusOn(document.querySelector('[data-queue-search]'))
    default:
      return false
  }
}

const rowLinks = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-row-link]')]
const currentRow = (): Element | null => document.activeElement?.closest('[data-ticket]') ?? null

function focusRow(step: 1 | -1): boolean {
  const links = rowLinks()
  const row = currentRow()
  const at = links.findIndex((link) => row?.contains(link) === true)
  return focusOn(links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))] ?? null)
}

function focusOn(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false
  element.focus()
  return true
}

function clickIn(row: Element | null, selector: string): boolean {
  const button = row?.querySelector(selector)
  if (!(button instanceof HTMLElement)) return false
  button.click()
  return true
}

/** Escape empties the search, as browsers do it; once more leads back to the rows, where the other keys work again. */
const leavesSearch = ({ key, target }: KeyboardEvent): boolean =>
  key === 'Escape' && target instanceof HTMLInputElement && target.matches('[data-queue-search]') && target.value === ''

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
