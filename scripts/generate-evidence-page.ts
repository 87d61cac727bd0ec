import { writeFileSync } from 'node:fs'
import { evidencePage } from './evidence-page.ts'

/** Writes today's output of its commands into docs/reference/evidence-format.md: `node scripts/generate-evidence-page.ts`. */
writeFileSync(new URL('../docs/reference/evidence-format.md', import.meta.url), evidencePage())
