/** The vendor's own backup system, as the desk reaches it. The secret signs each request and is never sent. */
export type Remote = {
  /** Calls are made below it. */
  url: string
  /** `whsec_` and the key in base64. */
  secret: string
  /** Whether the address may lead into the private network, and be plain http; else neither is connected to (S119). */
  privateNetwork: boolean
  limits?: Partial<RemoteLimits>
}

export type RemoteLimits = {
  /** One answer, from the first byte sent to the last byte read. */
  answerMs: number
  answerBytes: number
  /** One request and all its repetitions, after a broken connection or a 5xx. */
  reachMs: number
  /** An operation that says nothing new for so long is cancelled. Under the portal's lock the restore's own limit holds. */
  silenceMs: number
}
const usualRemoteLimits: RemoteLimits = {
  answerMs: 30_000,
  answerBytes: 64 * 1024 * 1024,
  reachMs: 60_000,
  silenceMs: 10 * 60_000,
}

export const limitsOf = ({ limits }: Remote): RemoteLimits => ({ ...usualRemoteLimits, ...limits })

/** Asked for at each call: what is not configured is told as a refusal of that call, not at start-up. */
export type FindRemote = () => Remote | null
