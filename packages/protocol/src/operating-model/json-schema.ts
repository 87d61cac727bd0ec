import { z } from 'zod'
import { modelFileSchema } from './model-schema.ts'
import { releaseFileSchema } from './release-schema.ts'
import { trafficFileSchema } from './traffic-schema.ts'

/** The JSON Schemas that editors use, as the text of their files in `packages/protocol/schema/`. */
export function schemaFiles(): readonly { readonly name: string; readonly text: string }[] {
  return [
    { name: 'operating-model.schema.json', text: print('Headgate operating model', modelFileSchema) },
    { name: 'release.schema.json', text: print('Headgate release', releaseFileSchema) },
    { name: 'traffic.schema.json', text: print('Headgate traffic', trafficFileSchema) },
  ]
}

function print(title: string, schema: z.ZodType): string {
  const generated = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
  return `${JSON.stringify({ title, ...generated }, undefined, 2)}\n`
}
