import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { keyFor } from '#lib/runtime/seal.ts'

// A file of any size under AES-256-GCM, a piece at a time: magic, 16 random bytes that make the file's own key, then pieces of 64 KiB, each with
// its tag. A piece's nonce is its number and whether it is the last one, so pieces can be neither swapped nor cut off unnoticed.
const magic = Buffer.from('RDSF1\n')
const saltBytes = 16
const pieceBytes = 65_536
const tagBytes = 16

/** Seals a stream under AUTH_SECRET for one purpose; what comes out is what is written to disk. */
export async function* sealStream(secret: string, purpose: string, clear: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes)
  const key = fileKey(secret, purpose, salt)
  yield Buffer.concat([magic, salt])
  let number = 0
  for await (const { piece, last } of piecesOf(clear, pieceBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number++, last))
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
  }
}

/** The clear bytes of a sealed file. Throws when it was altered, cut off, or sealed for another purpose or under another secret. */
export async function* openSealed(secret: string, purpose: string, path: string): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    const head = await file.read(Buffer.alloc(magic.length + saltBytes), 0, magic.length + saltBytes)
    if (head.bytesRead < head.buffer.length || !head.buffer.subarray(0, magic.length).equals(magic))
      throw new Error(`${path} is no sealed file`)
    const key = fileKey(secret, purpose, head.buffer.subarray(magic.length))
    let number = 0
    const sealed: AsyncIterable<Buffer> = file.createReadStream({ start: head.buffer.length, autoClose: false })
    for await (const { piece, last } of piecesOf(sealed, pieceBytes + tagBytes)) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number++, last))
      decipher.setAuthTag(piece.subarray(Math.max(0, piece.length - tagBytes)))
      yield Buffer.concat([decipher.update(piece.subarray(0, Math.max(0, piece.length - tagBytes))), decipher.final()])
    }
  } finally {
    await file.close()
  }
}

function fileKey(secret: string, purpose: string, salt: Buffer): Buffer {
  return keyFor(secret, `file:${purpose}:${salt.toString('hex')}`)
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 4, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Pieces of exactly `size` bytes; the last one, and only it, may be shorter, and is there even when nothing is left for it. */
async function* piecesOf(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    waiting.push(chunk)
    length += chunk.length
    // More than one piece must be there: only then is the first of them known not to be the last.
    if (length <= size) continue
    const all = Buffer.concat(waiting)
    let at = 0
    for (; all.length - at > size; at += size) yield { piece: all.subarray(at, at + size), last: false }
    waiting = [all.subarray(at)]
    length = all.length - at
  }
  yield { piece: Buffer.concat(waiting), last: true }
}
