import { mkdirSync, writeFileSync } from 'node:fs'
import { schemaFiles } from '@headgate/protocol/operating-model'

/** Writes the JSON Schemas of the operating model's files for editors: `node scripts/generate-schemas.ts`. */
const folder = new URL('../packages/protocol/schema/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const { name, text } of schemaFiles()) writeFileSync(new URL(name, folder), text)
