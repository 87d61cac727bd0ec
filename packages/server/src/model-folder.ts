import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { HeadgateError } from '@headgate/core/model'
import type { ApplyModelRequest } from '@headgate/protocol/api'
import { maxModelFileCharacters } from '@headgate/protocol/operating-model'

/** No character of UTF-8 takes more bytes than this per character that is counted. */
const bytesPerCharacter = 3

/**
 * The files that `--model <folder>` applies at start: `headgate.yaml` and the YAML files directly in `releases/`, by name.
 *
 * @throws HeadgateError `NOT_FOUND` when there is no headgate.yaml, `TOO_LARGE`, `INVALID_INPUT` when one cannot be read
 */
export function readModelFolder(folder: string): ApplyModelRequest['files'] {
  const model = yamlNames(folder).filter((name) => /^headgate\.ya?ml$/.test(name))
  if (model.length === 0) {
    throw new HeadgateError('NOT_FOUND', `There is no headgate.yaml in ${folder}; name the folder that holds it`)
  }
  const releases = yamlNames(path.join(folder, 'releases')).map((name) => `releases/${name}`)
  return [...model, ...releases].map((name) => ({ path: name, text: readText(path.join(folder, name)) }))
}

function yamlNames(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[^.].*\.ya?ml$/.test(name))
    return names.sort()
  } catch {
    // A shop without releases yet has no such folder; a missing model is told by the caller.
    return []
  }
}

function readText(file: string): string {
  try {
    if (statSync(file).size <= maxModelFileCharacters * bytesPerCharacter) return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', `${file} cannot be read`, { cause })
  }
  throw new HeadgateError('TOO_LARGE', `${file} is too large for an operating model`)
}
