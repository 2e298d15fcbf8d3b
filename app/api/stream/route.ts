import { notFound, unauthorized } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { z } from 'zod'
import { currentActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { openStream } from '#lib/runtime/open-stream.ts'
import { readLiveScope, readPreviewScope } from '#lib/tickets/read-live-scope.ts'

const ticketNumber = z.coerce.number().int().positive().optional()
const seenVersion = z.coerce.number().int().min(0)

/**
 * Server-sent events: `?ticket=NUMBER` tells of one ticket, `?preview=ID` of one preview that is being computed, without either of all that the person may see. Resumes by `Last-Event-ID`; a
 * page that listens for the first time says by `seen=VERSION` what it was made from.
 */
export async function GET(request: NextRequest): Promise<Response> {
  const actor = await currentActor()
  if (!actor) unauthorized()
  const number = ticketNumber.safeParse(request.nextUrl.searchParams.get('ticket') ?? undefined)
  if (!number.success) notFound()
  const previewId = request.nextUrl.searchParams.get('preview')
  const stream = await openStream({
    // Read after listening has begun: a change in between is then heard, and one before it is in the version.
    readScope: () =>
      previewId === null ? readLiveScope(deskDb(), actor, number.data) : readPreviewScope(deskDb(), actor, previewId),
    lastEventId: request.headers.get('last-event-id') ?? firstSeen(number.data, request.nextUrl.searchParams.get('seen')),
    signal: request.signal,
  })
  if (!stream) notFound()
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' },
  })
}

function firstSeen(number: number | undefined, seen: string | null): string | null {
  const version = seenVersion.safeParse(seen ?? undefined)
  return number !== undefined && version.success ? `${number}.${version.data}` : null
}
