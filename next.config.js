import createNextIntlPlugin from 'next-intl/plugin'

const withNextIntl = createNextIntlPlugin('./app/_ui/words/request.ts')

/**
 * `cacheComponents` stays off: with it, strict CSP nonces and true 404/401 answers do not work (a foreign id must be a real 404).
 * @type {import('next').NextConfig}
 */
const config = {
  typedRoutes: true,
  reactStrictMode: true,
  poweredByHeader: false,
  ...(process.env.STANDALONE ? { output: 'standalone' } : {}),
  // `npm run check` holds the types, of tests and commands too; a second pass here would only make the first start of the demo longer.
  typescript: { ignoreBuildErrors: true },
  experimental: { authInterrupts: true },
}
export default withNextIntl(config)
