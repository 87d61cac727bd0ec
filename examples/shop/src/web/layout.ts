import { html, raw } from 'hono/html'
import type { Category } from '../storefront/storefront.ts'
import { shopName, type Look } from './look.ts'

export type Html = ReturnType<typeof html>

/** What every page needs besides its own content. */
export interface PageFrame {
  readonly look: Look
  /** Scheme and host that shoppers see, without a trailing slash; canonical links start with it. */
  readonly publicUrl: string
  readonly categories: readonly Category[]
  readonly items: number
}

export interface PageContent {
  /** Read by shoppers of the lab: which page this is, whatever its words. */
  readonly page: string
  readonly title: string
  /** Path of the canonical URL; absent on pages that are not for search engines, which then say `noindex`. */
  readonly canonical?: string
  readonly description?: string
  /** Structured data; `<` is escaped so that no product text can end the script element. */
  readonly jsonLd?: readonly unknown[]
  readonly body: Html
}

export function renderPage(frame: PageFrame, content: PageContent): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${content.title} | ${shopName}</title>
        ${searchEngineTags(frame, content)}
        <meta name="generator" content="${frame.look.id}" />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/base.css" />
        <link rel="stylesheet" href="${frame.look.stylesheet}" />
      </head>
      <body>
        ${header(frame)}
        <main data-page="${content.page}">${content.body}</main>
        ${footer(frame)}
      </body>
    </html>`
}

function searchEngineTags(frame: PageFrame, content: PageContent): Html {
  if (content.canonical === undefined) return html`<meta name="robots" content="noindex" />`
  const blocks = (content.jsonLd ?? []).map((block) => JSON.stringify(block).replaceAll('<', '\\u003c'))
  return html`<meta name="description" content="${content.description ?? content.title}" />
    <link rel="canonical" href="${frame.publicUrl}${content.canonical}" />
    ${blocks.map(
      (block) =>
        html`<script type="application/ld+json">
          ${raw(block)}
        </script>`,
    )}`
}

function header(frame: PageFrame): Html {
  const cart = frame.items === 0 ? 'Cart' : `Cart (${frame.items})`
  return html`<header class="top">
    <div class="bar">
      <a class="brand" href="/">${shopName}</a>
      <form class="search" action="/search" role="search">
        <input type="search" name="q" aria-label="Search products" placeholder="Search" />
      </form>
      <nav class="own" aria-label="Your shop"><a href="/account">Orders</a> <a href="/cart">${cart}</a></nav>
    </div>
    <nav class="categories" aria-label="Categories">
      ${frame.categories.map((category) => html`<a href="/c/${category.id}">${category.title}</a> `)}
    </nav>
  </header>`
}

function footer(frame: PageFrame): Html {
  return html`<footer class="end">
    <p>${frame.look.motto}. A demonstration: nothing is sold, nothing is charged.</p>
    <p class="served">Served by ${frame.look.id}</p>
  </footer>`
}
