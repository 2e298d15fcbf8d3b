import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** A no as S3 says it. */
export class S3Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Account = { key: string; secret: string }
type Signer = { time: string; scope: string; signingKey: Buffer; signature: string }

/** The body of a request that is signed as AWS Signature Version 4 has it, with the header; in one piece, or in pieces that are signed one by one. */
export async function signedBody(request: IncomingMessage, url: URL, account: Account): Promise<Buffer> {
  const signer = checkHead(request, url, account)
  const chunks: Buffer[] = []
  const arriving: AsyncIterable<unknown> = request
  for await (const chunk of arriving) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  const sent = Buffer.concat(chunks)
  const said = header(request, 'x-amz-content-sha256')
  if (said === streaming) return piecesOf(sent, signer)
  // Of a body that is not there, some say so.
  if (sha256(sent) === said || (said === 'UNSIGNED-PAYLOAD' && sent.length === 0)) return sent
  throw new S3Refusal(
    400,
    'XAmzContentSHA256Mismatch',
    'The provided x-amz-content-sha256 header does not match what was computed.',
  )
}

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'

function checkHead(request: IncomingMessage, url: URL, account: Account): Signer {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
  const [, key, scope = '', names = '', signature = ''] = pattern.exec(header(request, 'authorization')) ?? []
  if (key !== account.key) {
    throw new S3Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  }
  const time = header(request, 'x-amz-date')
  const signed = names.split(';')
  const canonical = [
    request.method,
    url.pathname,
    queryOf(url),
    ...signed.map((name) => `${name}:${header(request, name).trim()}`),
    '',
    names,
    header(request, 'x-amz-content-sha256'),
  ].join('\n')
  const signingKey = scope.split('/').reduce<Buffer>((over, part) => hmac(over, part), Buffer.from(`AWS4${account.secret}`))
  mustBe(signature, hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')))
  return { time, scope, signingKey, signature }
}

function queryOf(url: URL): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  return [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
}

/** `size;chunk-signature=…`, the piece, and so on: each signature is over the one before it, so that no piece can be left out or put elsewhere. */
function piecesOf(sent: Buffer, { time, scope, signingKey, signature }: Signer): Buffer {
  const pieces: Buffer[] = []
  let before = signature
  for (let at = 0; ; ) {
    const end = sent.indexOf('\r\n', at)
    const [, size, own = ''] = /^([0-9a-f]+);chunk-signature=([0-9a-f]{64})$/.exec(sent.toString('latin1', at, end)) ?? []
    if (end < 0 || size === undefined) throw new S3Refusal(400, 'IncompleteBody', 'The request body terminated unexpectedly')
    const piece = sent.subarray(end + 2, end + 2 + Number.parseInt(size, 16))
    const words = ['AWS4-HMAC-SHA256-PAYLOAD', time, scope, before, sha256(''), sha256(piece)]
    mustBe(own, hmac(signingKey, words.join('\n')))
    if (piece.length === 0) return Buffer.concat(pieces)
    pieces.push(piece)
    before = own
    at = end + 2 + piece.length + 2
  }
}

function mustBe(signature: string, computed: Buffer): void {
  const given = Buffer.from(signature, 'hex')
  if (given.length === computed.length && timingSafeEqual(given, computed)) return
  throw new S3Refusal(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )
}

function header({ headers }: IncomingMessage, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
