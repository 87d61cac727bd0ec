import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { HeadgateError } from '@headgate/core/model'

/** The user that PostgreSQL runs as. `undefined` stands for the user that runs Headgate. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Accounts that exist on common systems and own nothing of value, best first. */
const candidates = ['postgres', 'headgate', 'node', 'nobody', '_postgres']

/**
 * PostgreSQL refuses to run as root, so root hands it to another existing user.
 *
 * @throws HeadgateError `UNAVAILABLE` when Headgate runs as root and no such user exists
 */
export function chooseAccount(accountsFile = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync(accountsFile, 'utf8').split('\n').map(parseAccount)
  for (const name of candidates) {
    const found = accounts.find((account) => account?.name === name)
    if (found) return found
  }
  throw new HeadgateError(
    'UNAVAILABLE',
    `PostgreSQL does not run as root, and none of the users ${candidates.join(', ')} exists. ` +
      'Start Headgate as a normal user, create one of them, or set DATABASE_URL.',
  )
}

function parseAccount(line: string): Account | undefined {
  const [name = '', , uid = '', gid = ''] = line.split(':')
  return name !== '' && Number(uid) > 0 ? { name, uid: Number(uid), gid: Number(gid) } : undefined
}

/** Whether the account can pass through the folder; asked of the kernel, which also knows ACLs and mounts. */
export function mayEnter(account: Account | undefined, folder: string): boolean {
  return account === undefined || spawnSync('test', ['-x', folder], { uid: account.uid, gid: account.gid }).status === 0
}

/** Whether the account can run the program (reach it, read it, execute it). */
export function mayRun(account: Account | undefined, program: string): boolean {
  return spawnSync(program, ['--version'], spawnIdentity(account)).status === 0
}

export function spawnIdentity(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}
