// Direction: app → lib → db, and inside lib the order of `order` below. Each rule says why it stands.
const leaves = 'lib/runtime/(env|clock|log|seal)\\.ts$'
/** Tests, what they share, and the kit that proves an adapter. */
const tests = '(\\.test\\.ts$|/testing/|^lib/snapshots/conformance/)'

/** Rooms of lib from the bottom up: each may import what stands before it, and its own row. */
const order = ['domain|difference', 'identity|portals|snapshots|billing|mail', 'tickets', 'jobs', 'runtime', 'cli']

const upwards = order.slice(0, -1).map((rooms, level) => ({
  name: `lib-${rooms.replaceAll('|', '-')}-looks-down`,
  comment: 'A room that imports what is built on it can be neither read nor tested alone.',
  severity: 'error',
  from: { path: `^lib/(${rooms})/`, pathNot: '^lib/jobs/worker(\\.test)?\\.ts$' },
  to: { path: `^lib/(${order.slice(level + 1).join('|')})/`, pathNot: leaves },
}))

module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'no-circle',
      comment: 'In a circle nothing comes first: no part can be understood or tried without the rest.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'db-is-a-leaf',
      comment: 'Tables, migrations and servers serve every room, so they know none.',
      severity: 'error',
      from: { path: '^db/' },
      to: { path: '^(app|lib|e2e|bench)/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'The rules of the vendor are proved by tables and generated paths, which needs them free of databases, clocks and frameworks.',
      severity: 'error',
      from: { path: '^lib/domain/', pathNot: tests },
      to: { pathNot: '^(lib/domain/|node_modules/(xstate|zod)/)' },
    },
    {
      name: 'difference-knows-no-tickets',
      comment: 'The engine knows two databases: that is why one engine serves preview, restore, undo and capture.',
      severity: 'error',
      from: { path: '^lib/difference/', pathNot: tests },
      to: { path: '^(app|lib|db)/', pathNot: `^(lib/difference/|${leaves})` },
    },
    {
      name: 'lib-knows-no-pages',
      comment: 'Worker and commands run lib without a web server.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(app|e2e|bench)/' },
    },
    {
      name: 'worker-and-commands-need-no-framework',
      comment: 'Node runs lib directly, without a bundler: only sign-in and the language of a request are tied to Next.',
      severity: 'error',
      from: { path: '^(lib|db)/', pathNot: '^lib/identity/' },
      to: { path: '^node_modules/(next|next-auth|next-intl|react|react-dom|server-only)/' },
    },
    {
      name: 'pages-hold-no-queries',
      comment: 'Pages and actions reach data only through lib, where every read starts from what the actor may see (I8).',
      severity: 'error',
      from: { path: '^(app/|proxy\\.ts|instrumentation\\.ts)' },
      to: { path: '^(db/|node_modules/(postgres|pg|pg-copy-streams|drizzle-orm|graphile-worker)/)' },
    },
    {
      name: 'pg-is-the-engines',
      comment: 'The product speaks through postgres and drizzle; pg is there for COPY streams, which postgres loses errors of.',
      severity: 'error',
      from: { path: '^(app|lib|db|e2e)/', pathNot: '^lib/(difference|snapshots/adapters)/' },
      to: { path: '^node_modules/(pg|pg-copy-streams)/' },
    },
    {
      name: 'product-runs-without-development-packages',
      comment: 'They are absent in production.',
      severity: 'error',
      from: { path: '^(app|lib|db)/', pathNot: [tests, '^lib/cli/(browser|test|check-boundaries)\\.mjs$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tests-are-not-product',
      comment: 'What only a test may import must not creep into what runs.',
      severity: 'error',
      from: { path: '^(app|lib|db)/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'everything-resolves',
      comment: 'An import the tool cannot follow is an import no rule sees.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
}
