export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  // In a file of its own: this one is compiled for the Edge runtime too, which has no signals.
  const { startUp } = await import('#lib/runtime/start-up.ts')
  startUp()
}
