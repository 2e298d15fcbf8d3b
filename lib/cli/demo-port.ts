import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { CannotStart } from '#db/embedded-place.ts'

const POLL_MS = 100
const ANSWER_LIMIT_MS = 60_000

/** Said before anything is started, deleted or built. */
export async function refuseTakenPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new CannotStart('PORT is no port number. Example: PORT=3001 npm run demo')
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new CannotStart(whyNot(port, cause), { cause })))
    server.listen(port, resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}

function whyNot(port: number, cause: Error): string {
  const taken = 'code' in cause && cause.code === 'EADDRINUSE'
  const reason = taken ? 'is taken by another program (another demo, perhaps)' : `cannot be opened: ${cause.message}`
  return `Port ${port} ${reason}. Stop that one, or choose another: PORT=${port + 1} npm run demo`
}

/** Resolves when `url` answers 200. */
export async function listening(url: string): Promise<void> {
  const until = performance.now() + ANSWER_LIMIT_MS
  let said = await ask(url)
  while (said !== null && performance.now() < until) {
    await pause(POLL_MS)
    said = await ask(url)
  }
  if (said !== null)
    throw new CannotStart(`The web server was not ready within ${ANSWER_LIMIT_MS / 1000} s. It last said: ${said}`)
}

/** Null for a 200, else what was answered. */
async function ask(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url)
    return answer.ok ? null : `${answer.status} ${await answer.text()}`
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}
