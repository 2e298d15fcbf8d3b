import type { LiveScope } from '#lib/tickets/read-live-scope.ts'
import { type Announcement, isListening, keepStream, subscribe } from './live.ts'

const BEAT_MS = 15_000
/** A stream ends after this and the browser opens it again: signed-out people and lost roles are noticed. */
const LIFETIME_MS = 10 * 60_000
const RETRY_MS = 1_000
const GAP = `data: ${JSON.stringify({ kind: 'gap' })}\n\n`

type Request = { readScope: () => Promise<LiveScope | null>; lastEventId: string | null; signal: AbortSignal }

/**
 * A stream of messages `{kind: 'change', number, state, version}`, `{kind: 'preview'}` for who waits for one, and `{kind: 'gap'}` where some may have been missed: the reader then
 * reads again. A change's id is `number.version`. Null when the scope is none of the person's business.
 */
export async function openStream({ readScope, lastEventId, signal }: Request): Promise<ReadableStream<Uint8Array> | null> {
  const heard: Announcement[] = []
  let tell = (announcement: Announcement) => void heard.push(announcement)
  const unsubscribe = subscribe((announcement) => tell(announcement))
  const scope = await isListening()
    .then(readScope)
    .catch((cause: unknown) => {
      unsubscribe()
      throw cause
    })
  if (!scope) {
    unsubscribe()
    return null
  }
  let release: () => void = unsubscribe
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const text = new TextEncoder()
      const say = (line: string) => controller.enqueue(text.encode(line))
      say(`retry: ${RETRY_MS}\n\n`)
      if (missedSomething(scope, lastEventId)) say(GAP)
      tell = (announcement) => {
        const event = eventOf(announcement, scope)
        if (event !== null) say(event)
      }
      for (const announcement of heard) tell(announcement)
      release = keepUntilClosed(controller, say, unsubscribe, signal)
    },
    cancel: () => release(),
  })
}

/** Beats, and ends the stream when the browser leaves, the server stops, or its time is up. Returns what lets go of it all. */
function keepUntilClosed(
  controller: ReadableStreamDefaultController<Uint8Array>,
  say: (line: string) => void,
  unsubscribe: () => void,
  signal: AbortSignal,
): () => void {
  let closed = false
  const release = () => {
    closed = true
    unsubscribe()
    clearInterval(beat)
    clearTimeout(end)
    forget()
  }
  const close = () => {
    if (closed) return
    release()
    controller.close()
  }
  const beat = setInterval(() => say(': beat\n\n'), BEAT_MS)
  const end = setTimeout(close, LIFETIME_MS)
  const forget = keepStream(close)
  signal.addEventListener('abort', close)
  return release
}

/**
 * Somebody who comes back: of one ticket the version says whether anything was missed, of all tickets we cannot know. A preview has no version: it may
 * have got further since the page was made, or be there.
 */
function missedSomething(scope: LiveScope, lastEventId: string | null): boolean {
  if (scope.previewId !== undefined) return true
  if (lastEventId === null) return false
  const seen = /^\d+\.(\d+)$/.exec(lastEventId)?.[1]
  return scope.version === null || seen === undefined || Number(seen) !== scope.version
}

function eventOf(announcement: Announcement, scope: LiveScope): string | null {
  if (announcement.kind === 'gap') return GAP
  if (announcement.kind === 'preview')
    return announcement.previewId === scope.previewId ? `data: ${JSON.stringify({ kind: 'preview' })}\n\n` : null
  const { number, portalId, state, version } = announcement.change
  if (!scope.sees({ number, portalId })) return null
  return `id: ${number}.${version}\ndata: ${JSON.stringify({ kind: 'change', number, state, version })}\n\n`
}
