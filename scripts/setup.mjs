// Plain JavaScript for any Node >= 20: installs what is missing, then runs the rest under the project's own Node 24.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const stamp = path.join(root, 'node_modules', '.headgate-installed')
const lock = path.join(root, 'package-lock.json')

function isInstalled() {
  if (!existsSync(stamp)) return false
  return readFileSync(stamp, 'utf8') === lockStamp()
}

function lockStamp() {
  const { size } = statSync(lock)
  return `${size} ${readFileSync(lock, 'utf8').length}`
}

if (!isInstalled()) {
  process.stderr.write('headgate: installing dependencies (npm ci), once ...\n')
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.status !== 0) {
    process.stderr.write('headgate: npm ci failed; see the lines above. Node >= 20 and npm >= 10 are needed.\n')
    process.exit(result.status ?? 1)
  }
  writeFileSync(stamp, lockStamp())
}
