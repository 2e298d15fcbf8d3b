/** The process answers; nothing more is asked. */
export function GET(): Response {
  return Response.json({ live: true })
}
