import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Fewer modules than this means the check did not see the tree; raise it as the tree grows. */
const modulesFloor = 500

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const plantFolder = path.join(root, 'packages/core/src/planted-violation')

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

interface Cruise {
  readonly summary: { readonly violations: readonly Violation[]; readonly totalCruised: number }
}

function cruise(...folders: readonly string[]): Cruise {
  const { stdout, stderr } = spawnSync(
    path.join(root, 'node_modules/.bin/depcruise'),
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders],
    { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser did not answer: ${stderr}${stdout.slice(0, 500)}`)
  return JSON.parse(stdout)
}

/** A forbidden import, put where the rules must see it: were it missed, a green check would mean nothing. */
function plantedViolationIsFound(): boolean {
  mkdirSync(plantFolder, { recursive: true })
  try {
    writeFileSync(
      path.join(plantFolder, 'planted.ts'),
      "import { readFileSync } from 'node:fs'\nimport '@headgate/server'\nexport const planted = readFileSync\n",
    )
    const rules = new Set(
      cruise('packages/core/src/planted-violation').summary.violations.map((found) => found.rule.name),
    )
    return rules.has('core-is-pure') && rules.has('core-imports')
  } finally {
    rmSync(plantFolder, { recursive: true, force: true })
  }
}

function main(): number {
  const { summary } = cruise('packages', 'examples', 'e2e', 'bench', 'scripts')
  for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`)
  if (summary.violations.length > 0) return 1
  if (summary.totalCruised < modulesFloor) {
    console.error(`only ${summary.totalCruised} modules were read, at least ${modulesFloor} expected`)
    return 1
  }
  if (!plantedViolationIsFound()) {
    console.error('the planted violation was not found: the import rules do not see what they should')
    return 1
  }
  console.log(`imports: ${summary.totalCruised} modules read, no violation; the planted one was found`)
  return 0
}

process.exitCode = main()
