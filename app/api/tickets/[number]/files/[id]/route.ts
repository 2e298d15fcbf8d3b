import { notFound, unauthorized } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { currentActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'
import { downloadFile } from '#lib/tickets/download-file.ts'
import { fileStoreOf } from '#lib/tickets/execute-run.ts'

type Context = { params: Promise<{ number: string; id: string }> }

/** A file of a ticket, for the portal's owner and the ticket's requester; for everybody else it is not there (S84, S113). Kept by no cache (S125). */
export async function GET(_: NextRequest, { params }: Context): Promise<Response> {
  const actor = await currentActor()
  if (!actor) unauthorized()
  const { number, id } = await params
  const { dataDir, authSecret } = env()
  const asked = { number: /^\d{1,15}$/.test(number) ? Number(number) : Number.NaN, fileId: id }
  const file = await downloadFile(deskDb(), actor, asked, fileStoreOf(dataDir, authSecret))
  if (!file) notFound()
  return new Response(streamOf(file.read()), {
    headers: {
      'content-type': 'application/zip',
      'content-length': String(file.bytes),
      'content-disposition': attachment(file.name),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
    },
  })
}

/** A piece when the reader has taken the one before; whoever goes away in the middle closes the file. */
function streamOf(pieces: AsyncGenerator<Buffer>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await pieces.return(undefined)
    },
  })
}

/** Both spellings of RFC 6266: one for browsers of all ages, one with all letters. */
function attachment(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/[^\w #.-]/g, '')
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
