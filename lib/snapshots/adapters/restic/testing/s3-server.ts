import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { S3Refusal, signedBody } from './s3-signature.ts'

/**
 * An object store that speaks as much of S3 as restic asks of one: buckets, whole objects and ranges of them, lists. It believes no request whose
 * signature, or whose body's, it cannot make itself. `node s3-server.ts FOLDER PORT [FAULT]` keeps all in the folder and says when it listens. Its faults:
 * `gone:FOLDER`, it is gone in the middle of the first request that puts something into that folder of restic's; `lock:N`, one list of locks in
 * N, at no even pace, still names one that its owner has just taken away.
 */
const [folder = '', port = '0', fault = ''] = process.argv.slice(2)
const [, goneAt] = /^gone:(.+)$/.exec(fault) ?? []
const [, eachOf] = /^lock:(\d+)$/.exec(fault) ?? []
const { S3_KEY: key = '', S3_SECRET: secret = '' } = process.env

type Answer = { status: number; content?: string | Buffer; headers?: Record<string, string | number> }

const server = createServer((request, response) => {
  void answer(request)
    .catch((error: unknown) => {
      if (error instanceof S3Refusal) return asAnswer(error)
      throw error
    })
    .then(({ status, content = '', headers = {} }) => {
      response.writeHead(status, headers)
      response.end(content)
    })
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://store')
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent)
  const name = rest.join('/')
  if (goneAt !== undefined && request.method === 'PUT' && name.includes(`/${goneAt}/`)) process.exit(1)
  const body = await signedBody(request, url, { key, secret })
  if (request.method === 'PUT' && name === '') return makeBucket(bucket)
  if (!existsSync(join(folder, bucket))) throw new S3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist')
  if (name === '') return onBucket(request.method, bucket, url.searchParams)
  return onObject(request, join(folder, bucket, encodeURIComponent(name)), body)
}

function asAnswer({ status, code, message }: S3Refusal): Answer {
  return { status, content: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` }
}

function makeBucket(name: string): Answer {
  mkdirSync(join(folder, name))
  return { status: 200 }
}

function onBucket(method: string | undefined, bucket: string, asked: URLSearchParams): Answer {
  if (method === 'HEAD') return { status: 200 }
  if (method === 'GET' && asked.has('location')) return { status: 200, content: '<LocationConstraint></LocationConstraint>' }
  if (method === 'GET' && asked.get('list-type') === '2') return { status: 200, content: listOf(bucket, asked) }
  throw notImplemented
}

function onObject({ method, headers }: IncomingMessage, path: string, body: Buffer): Answer {
  if (method === 'PUT') {
    // Whole or not at all.
    const incoming = join(folder, 'incoming')
    writeFileSync(incoming, body)
    renameSync(incoming, path)
    return { status: 200, headers: { ETag: etagOf(body) } }
  }
  if (method === 'DELETE') {
    rmSync(path, { force: true })
    return { status: 204 }
  }
  if (!existsSync(path)) throw new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.')
  const content = readFileSync(path)
  const about = { ETag: etagOf(content), 'Last-Modified': statSync(path).mtime.toUTCString() }
  if (method === 'HEAD') return { status: 200, headers: { ...about, 'Content-Length': content.length } }
  if (method !== 'GET') throw notImplemented
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  if (from === undefined) return { status: 200, content, headers: about }
  const part = content.subarray(Number(from), to ? Number(to) + 1 : undefined)
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${content.length}`
  return { status: 206, content: part, headers: { ...about, 'Content-Range': range } }
}

let locksListed = 0
const unevenly = (count: number) => createHash('sha1').update(String(count)).digest().readUInt32BE()
const now = () => new Date().toISOString()

/** A page of at most `pageSize`, so that whoever does not ask for the next one misses something. */
const pageSize = 5

function listOf(bucket: string, asked: URLSearchParams): string {
  const prefix = asked.get('prefix') ?? ''
  const delimiter = asked.get('delimiter') ?? ''
  const after = asked.get('continuation-token') ?? ''
  const names = readdirSync(join(folder, bucket)).map(decodeURIComponent).sort()
  const found = names.filter((name) => name.startsWith(prefix) && name > after)
  const page = found.slice(0, pageSize)
  const isFolder = (name: string) => delimiter !== '' && name.slice(prefix.length).includes(delimiter)
  const folders = page.filter(isFolder).map((name) => prefix + name.slice(prefix.length).split(delimiter)[0] + delimiter)
  const entries = page
    .filter((name) => !isFolder(name))
    .map((name) => {
      const { size, mtime } = statSync(join(folder, bucket, encodeURIComponent(name)))
      return `<Contents><Key>${name}</Key><LastModified>${mtime.toISOString()}</LastModified><Size>${size}</Size></Contents>`
    })
  if (prefix.endsWith('/locks/') && eachOf !== undefined && unevenly(++locksListed) % Number(eachOf) === 0)
    entries.push(
      `<Contents><Key>${prefix}${'0'.repeat(64)}</Key><LastModified>${now()}</LastModified><Size>150</Size></Contents>`,
    )
  const next = found.length > pageSize ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const prefixes = [...new Set(folders)].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`)
  return `<ListBucketResult><Name>${bucket}</Name><Prefix>${prefix}</Prefix><KeyCount>${page.length}</KeyCount>
    <IsTruncated>${next !== ''}</IsTruncated>${next}${entries.join('')}${prefixes.join('')}</ListBucketResult>`
}

const notImplemented = new S3Refusal(501, 'NotImplemented', 'restic asks for nothing of that kind')

const etagOf = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`
