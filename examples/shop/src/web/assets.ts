import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

const types = { css: 'text/css; charset=utf-8', svg: 'image/svg+xml' } as const

/**
 * Files of both storefronts, served by both, as a retailer's asset host does: a page from one stack must find its styles even
 * when the gateway sends the request for them to the other.
 */
export function assetRoutes(): Hono {
  const app = new Hono()
  for (const name of ['base.css', 'legacy.css', 'next.css', 'shapes.svg', 'icon.svg']) {
    const content = readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')
    const type = name.endsWith('.css') ? types.css : types.svg
    app.get(`/${name}`, (c) => c.body(content, 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' }))
  }
  return app
}
