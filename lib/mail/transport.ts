import { createTransport, type Transporter } from 'nodemailer'

/** SMTP with limits: a server that hangs costs a worker seconds, never a slot for good. */
export function smtpTransport(smtpUrl: string): Transporter {
  const url = new URL(smtpUrl)
  return createTransport({
    host: url.hostname,
    port: Number(url.port || (url.protocol === 'smtps:' ? 465 : 587)),
    secure: url.protocol === 'smtps:',
    ...(url.username ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } } : {}),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}
