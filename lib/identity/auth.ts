import NextAuth from 'next-auth'
import { db } from '#db/client.ts'
import { env } from '#lib/runtime/env.ts'
import { authConfig } from './auth-config.ts'

/** Auth.js, bound to this process. Lazy: the config is made per request, so `next build` needs neither database nor secrets. */
export const { handlers, signIn } = NextAuth(() => authConfig(db(), env()))
