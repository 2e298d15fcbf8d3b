import { DrizzleAdapter } from '@auth/drizzle-adapter'
import { sql } from 'drizzle-orm'
import type { NextAuthConfig } from 'next-auth'
import type { EmailConfig } from 'next-auth/providers'
import type { Db } from '#db/client.ts'
import { accounts, sessions, users, verificationTokens } from '#db/schema/index.ts'
import { log } from '#lib/runtime/log.ts'
import { addressSchema, safePath } from './address.ts'
import { sendSignInLink } from './send-sign-in-link.ts'
import { newSessionToken, sessionMaxAgeSeconds } from './session.ts'

const linkMaxAgeSeconds = 15 * 60

type Desk = { appUrl: string; authSecret: string }

/** Sign-in by mail link with sessions in the database. Nobody is made by signing in: people come from the portals and the desk. */
export function authConfig(db: Db, desk: Desk): NextAuthConfig {
  return {
    adapter: adapterFor(db),
    providers: [mailLink(db, desk)],
    secret: desk.authSecret,
    basePath: '/api/auth',
    trustHost: true,
    useSecureCookies: new URL(desk.appUrl).protocol === 'https:',
    session: { strategy: 'database', maxAge: sessionMaxAgeSeconds, generateSessionToken: newSessionToken },
    pages: { signIn: '/sign-in', error: '/sign-in', verifyRequest: '/sign-in' },
    callbacks: {
      redirect: ({ url }) => new URL(safePath(url, desk.appUrl), desk.appUrl).href,
      // Asking for a link is answered alike for everybody; using one is for active people only.
      signIn: async ({ user, email }) => (email?.verificationRequest ? true : isActive(db, user.email ?? '')),
    },
    logger: {
      error: (error) => log('web').warn({ reason: error.name, message: error.message }, 'sign-in refused'),
      warn: (code) => log('web').debug({ code }, 'sign-in warning'),
      debug: () => undefined,
    },
  }
}

// Our own provider object: the type of `next-auth/providers/nodemailer` does not compile under exactOptionalPropertyTypes.
function mailLink(db: Db, desk: Desk): EmailConfig {
  return {
    id: 'mail',
    type: 'email',
    name: 'Mail',
    maxAge: linkMaxAgeSeconds,
    normalizeIdentifier: (address) => addressSchema.parse(address),
    sendVerificationRequest: ({ identifier, token, url, expires }) =>
      sendSignInLink(db, desk, {
        email: identifier,
        token,
        next: safePath(new URL(url).searchParams.get('callbackUrl'), desk.appUrl),
        expires,
      }),
  }
}

function adapterFor(db: Db) {
  const adapter = DrizzleAdapter(db, {
    usersTable: users,
    accountsTable: accounts,
    sessionsTable: sessions,
    verificationTokensTable: verificationTokens,
  })
  return {
    ...adapter,
    // Addresses are one person whatever their capitals; the adapter would compare letter by letter.
    getUserByEmail: async (email: string) => (await findByAddress(db, email)) ?? null,
    createUser: () => {
      throw new Error('signing in makes nobody')
    },
  }
}

async function findByAddress(db: Db, email: string) {
  const [user] = await db.select().from(users).where(sql`lower(${users.email}) = ${email.toLowerCase()}`)
  return user
}

async function isActive(db: Db, email: string): Promise<boolean> {
  const user = await findByAddress(db, email)
  return user !== undefined && user.deactivatedAt === null
}
