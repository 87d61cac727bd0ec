import type { Finding } from '@headgate/core/model'
import { nearestPlace } from './problems.ts'
import type { Place, YamlTree } from './yaml-tree.ts'

/** Where a path of a finding stands in the files that were read; undefined when no file holds it. */
export interface ModelPositions {
  locate(path: string): Position | undefined
}

export interface Position extends Place {
  readonly file: string
}

export type LocatedFinding = Finding & Partial<Position>

/** Each finding with file, line and column, where its subject stands in a file. */
export function findingsWithPositions(findings: readonly Finding[], positions: ModelPositions): LocatedFinding[] {
  return findings.map((finding) => ({ ...finding, ...positions.locate(finding.path) }))
}

/** A release's tree, and the gates that its stages name: a criterion of stage 0's exit stands under `gates`. */
export interface ReleaseSource {
  readonly id: string
  readonly tree: YamlTree
  readonly gateUses: readonly { readonly path: string; readonly gate: string }[]
}

export function modelPositions(model: YamlTree, releases: readonly ReleaseSource[]): ModelPositions {
  const byId = new Map(releases.map((release) => [release.id, release]))
  return {
    locate(path) {
      const [, id = '', rest = ''] = /^\/releases\/([^/]+)(\/.*)?$/.exec(path) ?? []
      const release = byId.get(id)
      if (release !== undefined) return at(release.tree, followGate(rest, release))
      return path.startsWith('/releases/') ? undefined : at(model, path)
    },
  }
}

function at(tree: YamlTree, path: string): Position {
  return { file: tree.file, ...nearestPlace(path, tree) }
}

function followGate(path: string, { gateUses }: ReleaseSource): string {
  const use = gateUses.find((each) => path.startsWith(`${each.path}/`))
  return use === undefined ? path : `/gates/${use.gate}${path.slice(use.path.length)}`
}
