/**
 * Where a request came from, for rate limits: the last hop that a proxy of ours wrote. Without a proxy the sender may write it
 * himself, which is why there are limits per address and person as well.
 */
export function requestSource(headers: { get(name: string): string | null }): string {
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
  return hops.at(-1)?.slice(0, 100) || 'unknown'
}
