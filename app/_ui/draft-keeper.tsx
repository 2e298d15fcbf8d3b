'use client'

import { type ReactNode, useEffect, useRef } from 'react'

/** Drafts older than this are somebody's forgotten words. */
const keptForMs = 7 * 24 * 3600 * 1000

/**
 * Put into a form: keeps the named fields in this browser's localStorage under `id`, and fills them again after a reload, a refusal or a
 * lost connection. `owner` is the reader's id, so that the next person on the machine does not find them (S125).
 */
export function DraftKeeper({
  id,
  owner,
  fields,
  restored,
}: {
  id: string
  owner: string
  fields: string[]
  restored: string
}): ReactNode {
  const anchor = useRef<HTMLInputElement>(null)
  const notice = useRef<HTMLOutputElement>(null)
  const names = fields.join(' ')

  useEffect(() => {
    const form = anchor.current?.form
    if (!form) return
    const key = `draft:${owner}:${id}`
    const controls = () =>
      names
        .split(' ')
        .map((name) => form.elements.namedItem(name))
        .filter(isTyped)
    const kept = readDraft(key)
    if (kept) {
      let filled = false
      for (const control of controls()) {
        const text = kept[control.name]
        if (text === undefined || control.value !== control.defaultValue || text === control.value) continue
        control.value = text
        filled = true
      }
      if (filled && notice.current) notice.current.hidden = false
    }
    const keep = () => writeDraft(key, Object.fromEntries(controls().map((control) => [control.name, control.value])))
    form.addEventListener('input', keep)
    return () => form.removeEventListener('input', keep)
  }, [id, owner, names])

  return (
    <>
      <input ref={anchor} type="hidden" data-draft={`draft:${owner}:${id}`} />
      <output ref={notice} hidden className="block text-sm text-soft [&[hidden]]:hidden">
        {restored}
      </output>
    </>
  )
}

/** Put on the page that shows that the words have arrived: from here on the draft would only be in the way. `id` may end in `*`. */
export function ForgetDraft({ id, owner }: { id: string; owner: string }): ReactNode {
  useEffect(() => {
    const key = `draft:${owner}:${id}`
    const kept = Array.from({ length: localStorage.length }, (_, place) => localStorage.key(place) ?? '')
    for (const name of kept)
      if (name === key || (key.endsWith('*') && name.startsWith(key.slice(0, -1)))) localStorage.removeItem(name)
  }, [id, owner])
  return null
}

const isTyped = (control: unknown): control is HTMLInputElement | HTMLTextAreaElement =>
  control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement

type Draft = Record<string, string>

function readDraft(key: string): Draft | null {
  const text = localStorage.getItem(key)
  if (text === null) return null
  const kept: unknown = parse(text)
  if (typeof kept !== 'object' || kept === null || !('at' in kept) || !('fields' in kept)) return null
  const { at, fields } = kept
  if (typeof at !== 'number' || Date.now() - at > keptForMs || typeof fields !== 'object' || fields === null) return null
  return Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

function writeDraft(key: string, fields: Draft): void {
  if (Object.values(fields).every((text) => text === '')) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }))
}

/** Somebody else's script or an old version may have written here: what cannot be read is no draft. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
