import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const transaction = z.object({ xid: z.string(), backendPid: z.number(), backendStart: z.string() })

/** Runs a worker that kills itself (SIGKILL); gives the transaction that it told before. */
export async function untilKilled(worker: URL, args: readonly string[]) {
  const child = spawn(process.execPath, [fileURLToPath(worker), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk
  })
  const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)))
  if (signal !== 'SIGKILL') throw new Error(`The worker ended by ${String(signal)}: ${told}`)
  return transaction.parse(JSON.parse(told.split('\n')[0] ?? ''))
}
