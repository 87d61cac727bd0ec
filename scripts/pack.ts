import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Builds what is published: compiles every package, copies it to `dist/packages/<name>` with exports that point at the
 * compiled files instead of the sources, and packs it. In the workspace exports point at sources, which Node runs as they are.
 */
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const target = path.join(root, 'dist/packages')
const published = [
  'packages/core',
  'packages/protocol',
  'packages/adapters',
  'packages/edge',
  'packages/client',
  'packages/server',
  'packages/cli',
  'examples/shop',
]
const besides = ['migrations', 'schema', 'headgate.yaml', 'releases', 'assets', 'README.md']

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

function compiled(source: string): string {
  return source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js')
}

function publishedManifest(manifest: Manifest): Manifest {
  const exports = Object.entries(manifest.exports ?? {}).map(([name, source]) => [
    name,
    { types: compiled(source).replace(/\.js$/, '.d.ts'), default: compiled(source) },
  ])
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [name, compiled(source)])
  const { private: _private, ...rest } = manifest
  return {
    ...rest,
    exports: Object.fromEntries(exports),
    ...(bin.length > 0 ? { bin: Object.fromEntries(bin) } : {}),
    files: ['dist', ...besides],
  }
}

function stage(folder: string): void {
  const manifest: Manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
  const staged = path.join(target, manifest.name.replace('@headgate/', ''))
  mkdirSync(staged, { recursive: true })
  writeFileSync(path.join(staged, 'package.json'), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`)
  cpSync(path.join(root, folder, 'dist'), path.join(staged, 'dist'), {
    recursive: true,
    filter: (file) => !file.endsWith('.tsbuildinfo'),
  })
  for (const name of besides) {
    const source = path.join(root, folder, name)
    if (existsSync(source)) cpSync(source, path.join(staged, name), { recursive: true })
  }
  cpSync(path.join(root, 'LICENSE'), path.join(staged, 'LICENSE'))
  execFileSync('npm', ['pack', '--silent', '--pack-destination', target], { cwd: staged, stdio: 'inherit' })
}

rmSync(target, { recursive: true, force: true })
execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['-b'], { cwd: root, stdio: 'inherit' })
for (const folder of published) stage(folder)
