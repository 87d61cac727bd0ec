export { run, type Surroundings } from './run.ts'
export { exitCodes, type ExitCode } from './exit-code.ts'
export { cliReference } from './program/reference.ts'
