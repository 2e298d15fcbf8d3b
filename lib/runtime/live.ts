import { z } from 'zod'
import { sql } from '#db/client.ts'
import { log } from './log.ts'

const changeSchema = z.object({
  ticketId: z.uuid(),
  number: z.number(),
  portalId: z.uuid(),
  version: z.number(),
  state: z.string(),
})
/** A ticket that has just changed, as dispatch announces it. */
export type Change = z.infer<typeof changeSchema>

const previewSchema = z.object({ previewId: z.uuid(), portalId: z.uuid() })

/** `preview`: one that is being computed has got further, or is there. `gap`: the line to the database was down, so anything may have changed meanwhile. */
export type Announcement = { kind: 'change'; change: Change } | { kind: 'preview'; previewId: string } | { kind: 'gap' }
type Listener = (announcement: Announcement) => void

type Kept = { listeners: Set<Listener>; listening?: Promise<unknown>; streams: Set<() => void> }
// On globalThis, since the web server bundles this module more than once, and there must be one LISTEN a process.
const holder: typeof globalThis & { restoreDeskLive?: Kept } = globalThis
holder.restoreDeskLive ??= { listeners: new Set(), streams: new Set() }
const kept = holder.restoreDeskLive

/** Calls `listener` for each change until the returned function is called. However many listen, the process has one connection for it. */
export function subscribe(listener: Listener): () => void {
  kept.listening ??= listen()
  kept.listeners.add(listener)
  return () => kept.listeners.delete(listener)
}

/** Resolves once changes are heard: what was read before that may be old already. */
export async function isListening(): Promise<void> {
  await kept.listening
}

async function listen(): Promise<unknown> {
  let connectedBefore = false
  const announce = (announcement: Announcement) => {
    for (const listener of kept.listeners) listener(announcement)
  }
  const onConnect = () => {
    if (connectedBefore) announce({ kind: 'gap' })
    connectedBefore = true
  }
  try {
    return await sql().listen('desk', (payload) => announce(parse(payload)), onConnect)
  } catch (cause) {
    // The next subscriber tries again.
    delete kept.listening
    log('live').error({ err: cause }, 'cannot listen for changes')
    throw cause
  }
}

/** A payload we do not understand still says that something changed. */
function parse(payload: string): Announcement {
  const said: unknown = JSON.parse(payload)
  const change = changeSchema.safeParse(said)
  if (change.success) return { kind: 'change', change: change.data }
  const preview = previewSchema.safeParse(said)
  return preview.success ? { kind: 'preview', previewId: preview.data.previewId } : { kind: 'gap' }
}

/** Registers an open stream's end: the web server waits for open answers before it stops, so streams must end themselves on SIGTERM. */
export function keepStream(close: () => void): () => void {
  kept.streams.add(close)
  return () => kept.streams.delete(close)
}

export function closeStreams(): void {
  for (const close of kept.streams) close()
}
