import postgres from 'postgres'

/** Who can sign in and how, for the terminal. */
export async function signInHelp(databaseUrl: string, appUrl: string): Promise<string> {
  const desk = postgres(databaseUrl, { max: 1, onnotice: () => undefined })
  const staff = await desk<{ name: string; roles: string[] }[]>`
    select name, desk_roles as roles from users where desk_roles <> '{}' order by desk_roles, name`
  const owners = await desk<{ name: string; portal: string }[]>`
    select u.name, p.name as portal from ownerships o join users u on u.id = o.user_id join portals p on p.id = o.portal_id
    where o.to_at is null order by p.name`
  await desk.end()
  return [
    `Sign in:  ${appUrl}/sign-in (choose a person; no password)`,
    `Stories:  ${appUrl}/demo`,
    `Mailbox:  ${appUrl}/demo/mail (links and one-time codes arrive here)`,
    `The desk: ${staff.map(({ name, roles }) => `${name} (${roles.join(', ')})`).join(' · ')}`,
    `Owners:   ${owners.map(({ name, portal }) => `${name} (${portal})`).join(' · ')}`,
  ].join('\n')
}
