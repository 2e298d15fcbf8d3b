/** One thing that an adapter must keep to. `run` makes a portal of its own and throws where the adapter does not keep to it. */
export type Check = { name: string; run: () => Promise<void> }

/** Checks written like tests, so that they can be run as such, one by one, or against an adapter that is broken on purpose. */
export function collectChecks(): { checks: Check[]; test: (name: string, run: () => Promise<void>) => void } {
  const checks: Check[] = []
  return { checks, test: (name, run) => checks.push({ name, run }) }
}
