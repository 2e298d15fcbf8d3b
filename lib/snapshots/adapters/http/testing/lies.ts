import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Honest, Passing, Twist } from './liar.ts'

const steps = z.array(z.looseObject({ n: z.number(), boundary: z.string() }))
const boundariesOf = ({ body }: Honest) => steps.parse(body.steps).map(({ boundary }) => boundary)
export const isWatched = ({ path }: Passing) => /^\/operations\/[^/]+\?/.test(path)
export const isAsked = ({ method, path }: Passing) => method === 'POST' && path === '/restores'
const idIn = ({ path }: Passing) => /^\/operations\/([^/?]+)/.exec(path)?.[1] ?? ''
const answerOfCommit = ({ path, body }: Passing) =>
  path.endsWith('/pass') ? z.looseObject({ commit: z.boolean().optional() }).parse(body).commit : undefined

export const result = {
  total: { missing: 1, newer: 2, changed: 1 },
  tables: [],
  writePauseMs: 1,
  edges: [],
  sequences: [],
  notes: [],
}
const told = (passing: Passing, change: Record<string, unknown>): Honest => ({
  status: 200,
  body: { id: idIn(passing), steps: [], outcome: null, ...change },
})
const ok: Honest = { status: 204, body: {} }

/** It is told that it may (or may not) commit, does nothing, and says restored. */
export function saysDoneAfter(commit: boolean): Twist {
  let over = false
  return async (passing) => {
    if (answerOfCommit(passing) === commit) {
      over = true
      return ok
    }
    return over && isWatched(passing) ? told(passing, { outcome: 'done', result }) : null
  }
}

export const saysDoneUnasked: Twist = async (passing) => (isWatched(passing) ? told(passing, { outcome: 'done', result }) : null)

export function saysDoneWhenCancelled(): Twist {
  let cancelled = false
  return async (passing) => {
    cancelled ||= passing.path.endsWith('/cancel')
    return cancelled && isWatched(passing) ? told(passing, { outcome: 'done', result }) : null
  }
}

/** It restores as it should, and its outcome is told otherwise: from the nth time on that it is told. */
export function changesOutcome(from: number, change: Record<string, unknown>): Twist {
  let times = 0
  return async (passing) => {
    if (!isWatched(passing)) return null
    const answer = await passing.honest()
    if (answer.body.outcome !== 'done') return null
    times += 1
    return times < from ? null : { ...answer, body: { ...answer.body, ...change } }
  }
}

/** It commits, and is never heard of again. */
export function vanishesAfterCommit(): Twist {
  let gone = false
  return async (passing) => {
    if (gone) return hang
    if (answerOfCommit(passing) === true) {
      await passing.honest()
      gone = true
      return ok
    }
    return null
  }
}

/** It restores, says so, and is never heard of again. */
export function vanishesOnceDone(): Twist {
  let gone = false
  return async (passing) => {
    if (gone) return reset
    if (!isWatched(passing)) return null
    const answer = await passing.honest()
    gone = answer.body.outcome === 'done'
    return answer
  }
}

/** It says nothing new from the boundary on. */
export function fallsSilentAt(silentAt: string): Twist {
  let silent = false
  return async (passing) => {
    if (!isWatched(passing)) return null
    if (silent) return told(passing, {})
    const answer = await passing.honest()
    silent = boundariesOf(answer).includes(silentAt)
    return answer
  }
}

/** Each answer tells all steps once more, and a field that nobody knows. */
export function tellsAllAgain(): Twist {
  const all: z.output<typeof steps> = []
  return async (passing) => {
    if (!isWatched(passing)) return null
    const { status, body } = await passing.honest()
    for (const step of steps.parse(body.steps)) if (!all.some(({ n }) => n === step.n)) all.push(step)
    return { status, body: { ...body, steps: all.map((step) => ({ ...step, mood: 'good' })), mood: 'good' } }
  }
}

export const tellsWithoutEnd: Twist = async (passing) => {
  if (!isWatched(passing)) return null
  const after = Number(new URL(passing.path, 'http://localhost').searchParams.get('after'))
  const more = Array.from({ length: 9_000 }, (_, i) => ({ n: after + i + 1, boundary: 'something', waits: false }))
  return told(passing, { steps: more })
}

export const tellsOfAnother: Twist = async (passing) =>
  isWatched(passing) ? { status: 200, body: { id: 'another', steps: [], outcome: 'done', result } } : null

/** It offers these moments, whatever it keeps. */
export const offersMoments =
  (moments: unknown): Twist =>
  async ({ method, path }) =>
    method === 'GET' && /^\/portals\/[^/]+\/moments\?/.test(path) ? { status: 200, body: { moments } } : null
/** It captures, and tells of that instant. */
export const tellsOfInstant =
  (at: string | undefined): Twist =>
  async (passing) => {
    if (!isWatched(passing)) return null
    const answer = await passing.honest()
    if (answer.body.outcome !== 'done') return answer
    return { ...answer, body: { ...answer.body, result: { ...z.looseObject({}).parse(answer.body.result), at } } }
  }

/** Whatever is asked for a restore, or about it, is answered like this. */
export const always =
  (given: Awaited<ReturnType<Twist>>): Twist =>
  async (passing) =>
    isAsked(passing) || isWatched(passing) ? given : null

export const hang = () => undefined

export const drip: Extract<Awaited<ReturnType<Twist>>, (...given: never[]) => void> = (outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => outgoing.write(' '), 50)
  outgoing.on('close', () => clearInterval(timer))
}

export const flood: typeof drip = (outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json' })
  const piece = Buffer.alloc(64 * 1024, ' ')
  const pour = () => {
    while (!outgoing.destroyed && outgoing.write(piece));
  }
  outgoing.on('drain', pour)
  pour()
}

export const bomb: typeof drip = (outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  outgoing.end(gzipSync(Buffer.alloc(50 * 1024 * 1024, ' ')))
}

export const redirect: typeof drip = (outgoing) => {
  outgoing.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end()
}

export const notJson: typeof drip = (outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html>restored</html>')
}

export const reset: typeof drip = (outgoing) => {
  outgoing.destroy()
}
