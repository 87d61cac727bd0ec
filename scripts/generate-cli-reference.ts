import { writeFileSync } from 'node:fs'
import { cliReference } from '@headgate/cli'

/** Writes docs/reference/cli.md from the tables that `--help` reads: `node scripts/generate-cli-reference.ts`. */
writeFileSync(new URL('../docs/reference/cli.md', import.meta.url), cliReference())
