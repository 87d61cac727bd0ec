/** What crawlers may read. Pages that belong to one shopper are not for them. */
export function robotsText(publicUrl: string): string {
  return [
    'User-agent: *',
    'Disallow: /cart',
    'Disallow: /checkout/',
    'Disallow: /account',
    'Disallow: /search',
    `Sitemap: ${publicUrl}/sitemap.xml`,
    '',
  ].join('\n')
}

/** Paths hold only letters, digits, `-` and `/`, so nothing needs escaping. */
export function sitemapXml(publicUrl: string, paths: readonly string[]): string {
  const urls = paths.map((path) => `<url><loc>${publicUrl}${path}</loc></url>`).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls}\n</urlset>\n`
}
