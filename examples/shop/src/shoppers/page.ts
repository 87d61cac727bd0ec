/**
 * What a shopper takes from a page, read by plain text search: a parser would cost more than everything else a shopper does.
 * The shop marks its pages with `data-page`, so nobody depends on wording.
 */
export function pageKind(body: string): string {
  return /data-page="([^"]*)"/.exec(body)?.[1] ?? 'unknown'
}

/** Paths of links that start with `/p/` or `/c/`, in page order. */
export function linksTo(body: string, prefix: '/p/' | '/c/'): readonly string[] {
  const found: string[] = []
  const start = `href="${prefix}`
  // Ends: each round starts behind the link that the round before found.
  for (let at = body.indexOf(start); at >= 0; at = body.indexOf(start, at + 1)) {
    found.push(body.slice(at + 6, body.indexOf('"', at + 6)))
  }
  return found
}

/** Hidden fields of the last form of that address, to be sent back as they came. */
export function hiddenFields(body: string, action: string): Record<string, string> {
  const from = body.indexOf(`action="${action}"`)
  if (from < 0) return {}
  const form = body.slice(from, body.indexOf('</form>', from))
  const fields = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]))
}
