import { receiveBillingEvent } from '#lib/billing/receive-billing-event.ts'
import { demoHookKey } from '#lib/billing/signature.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'

const bodyMaximumBytes = 64 * 1024

/** The demo's billing system tells of payments here. Signed; safe to deliver twice. Exists only in the demo. */
export async function POST(request: Request): Promise<Response> {
  if (!env().demo) return problem(404, 'not_found', 'There is nothing here.')
  const body = await boundedBody(request)
  if (body === null) return problem(413, 'too_large', 'A billing event is at most 64 KiB.')
  const header = (name: string) => request.headers.get(name) ?? ''
  const signed = {
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signature: header('webhook-signature'),
    body,
  }
  const answer = await receiveBillingEvent(deskDb(), 'demo', demoHookKey(env().authSecret), signed)
  if (answer.ok) return Response.json(answer.recorded, { headers: { 'cache-control': 'no-store' } })
  return answer.reason === 'bad_signature'
    ? problem(401, 'bad_signature', 'The signature is missing, wrong, or more than five minutes old.')
    : problem(400, 'malformed', 'The body is not a billing event, or its id is not the webhook-id.')
}

/** Null once it is too long; the rest is not read. */
async function boundedBody(request: Request): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bodyMaximumBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** RFC 9457. */
function problem(status: number, code: string, detail: string): Response {
  const title = { 400: 'Bad request', 401: 'Unauthorized', 404: 'Not found', 413: 'Too large' }[status]
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify({ type: 'about:blank', title, status, detail, code }), { status, headers })
}
