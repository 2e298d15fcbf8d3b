/** Pages that mails lead to. All of them ask for sign-in, and opening one changes nothing (I14). */
export const pages = {
  ticket: (number: number) => `/tickets/${number}`,
  consent: (number: number) => `/tickets/${number}/consent`,
  upgrade: (number: number) => `/tickets/${number}/upgrade`,
  deskTicket: (number: number) => `/desk/tickets/${number}`,
  approval: (number: number) => `/desk/approvals/${number}`,
  deletion: (portal: string, alertId: string) => `/restore/${encodeURIComponent(portal)}?deletion=${alertId}`,
  home: () => '/',
  desk: () => '/desk',
  account: () => '/account',
}

/** The only origin a link of ours ever has is APP_URL's, whatever host a request came in by (S112). */
export function linkTo(appUrl: string, path: string): string {
  const { origin } = new URL(appUrl)
  const link = new URL(path, origin)
  if (link.origin !== origin) throw new Error(`a link of ours may not leave ${origin}: ${path}`)
  return link.href
}
