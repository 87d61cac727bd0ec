/** Which paths a crawler may fetch: the rules of the group `User-agent: *`, longest match first (RFC 9309). */
export interface Robots {
  allows(path: string): boolean
}

interface Rule {
  readonly allow: boolean
  readonly prefix: string
}

export function parseRobots(text: string): Robots {
  const rules: Rule[] = []
  let isOurs = false
  let isInRules = true
  for (const line of text.split(/\r?\n/)) {
    const [, field = '', value = ''] = /^\s*([a-z-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/i.exec(line) ?? []
    const name = field.toLowerCase()
    if (name === 'user-agent') {
      // Several agents may share one group; a rule ends the list of names.
      isOurs = value === '*' || (isOurs && !isInRules)
      isInRules = false
    } else if (name === 'allow' || name === 'disallow') {
      isInRules = true
      if (isOurs && value !== '') rules.push({ allow: name === 'allow', prefix: value })
    }
  }
  const sorted = rules.toSorted((a, b) => b.prefix.length - a.prefix.length || Number(b.allow) - Number(a.allow))
  return { allows: (path) => sorted.find((rule) => path.startsWith(rule.prefix))?.allow ?? true }
}
