import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { ServerUser } from '#db/embedded-place.ts'
import { hasEnded, startChild, stopChild } from '#db/processes.ts'

/** A program that is running. `stop` is SIGINT: restic takes its lock away and pg_dump cancels its query. */
export type Running = {
  child: ChildProcess
  /** Its exit code, and the last of what it said on standard error. Null: it was ended by a signal, or could not be started. */
  ended: Promise<{ code: number | null; said: string }>
  stop: () => Promise<void>
}

export type RunOptions = {
  /** Whom it runs as, where that is not us. */
  user?: ServerUser
  signal?: AbortSignal | undefined
  /** Judges what was said so far on standard error: true, and the program is stopped. */
  isEnough?: (said: string) => boolean
  /** Hears everything that is said on standard error. */
  hear?: (chunk: Buffer) => void
  /** Where it works; the root unless told. */
  cwd?: string
}

/** Starts a program of ours; it is stopped when the signal says so, when it has said enough, and when this process dies. */
export function startProgram(path: string, args: string[], options: { env: Record<string, string> } & RunOptions): Running {
  const child = startChild(path, args, {
    ...options.user,
    env: { NODE_ENV: 'production', ...options.env },
    cwd: options.cwd ?? '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stopping: Promise<void> | undefined
  const stop = (graceMs = 10_000) => {
    stopping ??= stopChild(child, 'SIGINT', graceMs)
    return stopping
  }
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-8_000)
    options.hear?.(chunk)
    // What it would still do may be just what fails.
    if (options.isEnough?.(said)) void stop(1_000)
  })
  // Told by the exit code and by the pipe's other end; without a listener it would end this process.
  for (const pipe of [child.stdin, child.stderr]) pipe?.on('error', () => undefined)
  const onAbort = () => void stop()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    // Not once: a signal that cannot be sent is told so too.
    child.on('error', (error) => resolve({ code: null, said: error.message }))
    child.once('close', (code) => resolve({ code, said }))
  }).finally(() => options.signal?.removeEventListener('abort', onAbort))
  if (options.signal?.aborted && !hasEnded(child)) onAbort()
  return { child, ended, stop }
}

/** Runs a program to its end and gives all it wrote. Throws the signal's reason when that stopped it. */
export async function runProgram(
  path: string,
  args: string[],
  options: { env: Record<string, string>; input?: string } & RunOptions,
): Promise<{ code: number | null; out: string; said: string }> {
  options.signal?.throwIfAborted()
  const { child, ended, stop } = startProgram(path, args, options)
  child.stdin?.end(options.input ?? '')
  const out = child.stdout ? await textOf(child.stdout, stop) : ''
  const end = await ended
  options.signal?.throwIfAborted()
  return { ...end, out }
}

async function textOf(stream: Readable, stop: Running['stop']): Promise<string> {
  const chunks: Buffer[] = []
  const arriving: AsyncIterable<unknown> = stream
  try {
    for await (const chunk of arriving) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  } catch (error) {
    await stop()
    throw error
  }
  return Buffer.concat(chunks).toString()
}
