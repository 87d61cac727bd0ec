import { printable } from './line.ts'

/** Where a problem or a finding is: `headgate.yaml:10:7`, or what stands there in the model when no file is known. */
export function placeOf(place: {
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly path: string
}): string {
  const { file, line, column, path } = place
  const inFile = [file, line, column].filter((part) => part !== undefined).join(':')
  return printable(inFile === '' ? path : inFile)
}
