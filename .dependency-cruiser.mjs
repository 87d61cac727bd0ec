/**
 * The import table of ARCHITECTURE.md as rules. `scripts/check-imports.ts` runs them, asserts how many modules were read
 * and plants a violation that must be found, so that a check that saw nothing cannot be green.
 */
const packages = [
  'core',
  'protocol',
  'adapters',
  'edge',
  'openfeature',
  'beacon',
  'client',
  'server',
  'console',
  'cli',
  'testkit',
]

/** package -> what it may import besides itself and npm packages. */
const mayImport = {
  core: [],
  protocol: ['core'],
  adapters: ['core'],
  edge: ['core', 'protocol'],
  openfeature: ['core', 'protocol'],
  beacon: [],
  client: ['core', 'protocol'],
  server: ['core', 'protocol', 'adapters'],
  console: ['core', 'protocol', 'client'],
  cli: ['core', 'protocol', 'client', 'server', 'edge'],
  testkit: ['core', 'protocol', 'client', 'server'],
}

const test = '\\.test(-support)?\\.ts$|/testing/'
const own = (name) => `^packages/${name}/`

const packageRules = packages.map((name) => ({
  name: `${name}-imports`,
  comment: `${name} may import: ${mayImport[name].join(', ') || 'nothing'} (ARCHITECTURE.md, import table)`,
  severity: 'error',
  from: { path: own(name), pathNot: test },
  to: {
    path: '^(packages|examples|e2e|bench)/',
    pathNot: [own(name), ...mayImport[name].map(own), ...(name === 'cli' ? ['^examples/shop/'] : [])],
  },
}))

export default {
  forbidden: [
    ...packageRules,
    {
      name: 'core-is-pure',
      comment: 'core has no dependency: neither npm nor node',
      severity: 'error',
      from: { path: own('core'), pathNot: test },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'core'] },
    },
    {
      name: 'heavy-only-on-demand',
      comment: 'cli reaches server, edge and the lab only by dynamic import',
      severity: 'error',
      from: { path: own('cli'), pathNot: test },
      to: { path: '^(packages/(server|edge)|examples/shop)/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-only-in-compose',
      comment: 'server binds adapters in compose.ts alone',
      severity: 'error',
      from: { path: own('server'), pathNot: ['^packages/server/src/compose\\.ts$', test] },
      to: { path: own('adapters') },
    },
    {
      name: 'slices-meet-at-index',
      comment: "server slices meet only at each other's index.ts",
      severity: 'error',
      from: { path: '^packages/server/src/([a-z-]+)/', pathNot: test },
      to: {
        path: '^packages/server/src/([a-z-]+)/',
        pathNot: [
          '^packages/server/src/$1/',
          '^packages/server/src/[a-z-]+/index\\.ts$',
          '^packages/server/src/(db|http)/',
        ],
      },
    },
    {
      name: 'sql-in-stores',
      comment: 'only *-store.ts, *-view.ts, *-tables.ts and db/ hold SQL',
      severity: 'error',
      from: { path: own('server'), pathNot: ['-(store|view|tables)\\.ts$', '^packages/server/src/db/', test] },
      to: { path: '^node_modules/(kysely|pg)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'testkit-in-tests-only',
      comment: 'testkit is imported only by tests, e2e and bench',
      severity: 'error',
      from: { path: '^(packages|examples)/', pathNot: [own('testkit'), test] },
      to: { path: own('testkit') },
    },
    {
      name: 'no-cycles',
      comment: 'modules form no cycles',
      severity: 'error',
      from: { path: '^(packages|examples)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'every import resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
}
