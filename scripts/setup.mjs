// Plain JavaScript for any Node >= 20: installs what is missing, so that `npm start` and `npm test` work after a clone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const stamp = path.join(root, 'node_modules', '.headgate-installed')
const lock = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex')

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
}

/** `npm install` by hand leaves no stamp; a tree that npm itself calls complete needs no second install. */
function isComplete() {
  return spawnSync('npm', ['ls', '--all', '--loglevel=silent'], { cwd: root, stdio: 'ignore' }).status === 0
}

function install() {
  process.stderr.write('headgate: installing dependencies once (npm ci) ...\n')
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.status === 0) return
  process.stderr.write(
    'headgate: npm ci failed; see the lines above. Needed: Node >= 20, npm >= 10, the npm registry.\n',
  )
  process.exit(result.status ?? 1)
}

if (!isInstalled()) {
  if (!(existsSync(path.join(root, 'node_modules', '.bin', 'node')) && isComplete())) install()
  writeFileSync(stamp, lock)
}
