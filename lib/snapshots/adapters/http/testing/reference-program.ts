import { startChild } from '#db/processes.ts'

/** The reference server's own command, as a process of its own, once it listens. */
export async function startReferenceProgram(
  options: Record<string, string>,
  secret: string,
): Promise<{ child: ReturnType<typeof startChild>; url: string }> {
  const flags = Object.entries({ port: '0', ...options }).flatMap(([name, value]) => [`--${name}`, value])
  const child = startChild(process.execPath, ['lib/cli/reference-server.ts', ...flags], {
    env: { ...process.env, HTTP_ADAPTER_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const listening = Promise.withResolvers<string>()
  child.once('exit', (code) => listening.reject(new Error(`the reference server ended with ${code}`)))
  child.stdout?.on('data', (said: Buffer) => listening.resolve(said.toString().trim()))
  return { child, url: await listening.promise }
}
