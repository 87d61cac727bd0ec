import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseDocument, type Document } from 'yaml'

/** Edits of the shop's model files before they are applied: this run's addresses, and what a scenario compresses further. */
export interface ModelEdits {
  /** Component id -> address of its upstream. */
  readonly upstreams: Readonly<Record<string, string>>
  /** Sets values in `releases/*.yaml`, by path from the root of the document. */
  readonly release?: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[]
}

/** Copy a model folder with edits, comments and order kept. Throws when an edit names a place that does not exist. */
export async function copyModel(from: string, to: string, edits: ModelEdits): Promise<void> {
  await mkdir(path.join(to, 'releases'), { recursive: true })
  await copyFile('headgate.yaml', (document) => {
    for (const [component, upstream] of Object.entries(edits.upstreams)) {
      set(document, ['components', component, 'upstream'], upstream)
    }
  })
  const releases = (await readdir(path.join(from, 'releases'))).filter((name) => name.endsWith('.yaml'))
  for (const name of releases) {
    await copyFile(path.join('releases', name), (document) => {
      for (const edit of edits.release ?? []) set(document, edit.path, edit.value)
    })
  }

  async function copyFile(name: string, change: (document: Document.Parsed) => void): Promise<void> {
    const document = parseDocument(await readFile(path.join(from, name), 'utf8'))
    change(document)
    await writeFile(path.join(to, name), document.toString({ lineWidth: 0 }))
  }
}

function set(document: Document.Parsed, place: readonly (string | number)[], value: unknown): void {
  if (!document.hasIn(place)) throw new Error(`the model has nothing at ${place.join('.')} to set`)
  document.setIn(place, value)
}
