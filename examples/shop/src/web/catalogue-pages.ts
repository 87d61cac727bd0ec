import { html } from 'hono/html'
import { decimalCents, showCents } from '../rules/money.ts'
import type { Category, Product } from '../storefront/storefront.ts'
import { renderPage, type Html, type PageFrame } from './layout.ts'
import { shopName } from './look.ts'

export function landingPage(frame: PageFrame, featured: readonly Product[]): Html {
  return renderPage(frame, {
    page: 'landing',
    title: 'House and garden',
    canonical: '/',
    description: `${frame.look.motto}. Kitchen, lighting, textiles, tools and more.`,
    jsonLd: [{ '@context': 'https://schema.org', '@type': 'WebSite', name: shopName, url: `${frame.publicUrl}/` }],
    body: html`<section class="hero">
        <h1>${frame.look.motto}</h1>
        <p>Free delivery from €50. Collect in four cities on the same day.</p>
      </section>
      <h2>This week</h2>
      ${tiles(featured)}`,
  })
}

export function listingPage(frame: PageFrame, category: Category, products: readonly Product[]): Html {
  const path = `/c/${category.id}`
  return renderPage(frame, {
    page: 'listing',
    title: category.title,
    canonical: path,
    description: `${category.title}: ${products.length} products, in stock and ready to send.`,
    jsonLd: [breadcrumbs(frame, [{ name: category.title, path }])],
    body: html`<h1>${category.title}</h1>
      <p class="quiet">${products.length} products</p>
      ${tiles(products)}`,
  })
}

export function searchPage(frame: PageFrame, words: string, products: readonly Product[]): Html {
  const found = products.length === 0 ? 'Nothing found. Try a shorter word.' : `${products.length} products`
  return renderPage(frame, {
    page: 'search',
    title: words === '' ? 'Search' : `Search: ${words}`,
    body: html`<h1>${words === '' ? 'Search' : html`Results for “${words}”`}</h1>
      <p class="quiet">${words === '' ? 'Type a word above.' : found}</p>
      ${tiles(products)}`,
  })
}

export function productPage(frame: PageFrame, product: Product): Html {
  const path = `/p/${product.slug}`
  const category = frame.categories.find(({ id }) => id === product.category)
  const trail = category === undefined ? [] : [{ name: category.title, path: `/c/${category.id}` }]
  return renderPage(frame, {
    page: 'product',
    title: product.title,
    canonical: path,
    description: product.description,
    jsonLd: [productOffer(frame, product), breadcrumbs(frame, [...trail, { name: product.title, path }])],
    body: html`<nav class="trail" aria-label="Breadcrumb">
        <a href="/">Home</a> ${trail.map((step) => html`/ <a href="${step.path}">${step.name}</a>`)}
      </nav>
      <article class="product">
        ${picture(product)}
        <div>
          <h1>${product.title}</h1>
          ${price(product)}
          <p>${product.description}</p>
          ${buyBox(product)}
          <p class="quiet">Article ${product.sku}</p>
        </div>
      </article>`,
  })
}

function buyBox(product: Product): Html {
  if (product.available === 0) return html`<p class="stock out">Sold out</p>`
  const stock = product.available < 5 ? `Only ${product.available} left` : 'In stock, with you in two days'
  return html`<p class="stock">${stock}</p>
    <form method="post" action="/cart/add">
      <input type="hidden" name="sku" value="${product.sku}" />
      <input type="hidden" name="quantity" value="1" />
      <button>Add to cart</button>
    </form>`
}

function price(product: Product): Html {
  const reduced = product.previousCents > product.priceCents
  return html`<p class="price">
    ${showCents(product.priceCents)} ${reduced ? html`<s>${showCents(product.previousCents)}</s>` : ''}
  </p>`
}

function tiles(products: readonly Product[]): Html {
  return html`<ul class="tiles">
    ${products.map(
      (product) =>
        html`<li>
          <a href="/p/${product.slug}"
            >${picture(product)}<span class="name">${product.title}</span>${price(product)}</a
          >
        </li>`,
    )}
  </ul>`
}

/** One drawn shape per category, tinted per product: pictures without a byte of photography. */
function picture(product: Product): Html {
  const hue = Number.parseInt(product.sku.replaceAll(/\D/g, '') || '0', 10) * 47
  return html`<span class="art" style="--hue:${hue % 360}"
    ><svg viewBox="0 0 48 48" aria-hidden="true"><use href="/assets/shapes.svg#${product.category}"></use></svg
  ></span>`
}

function productOffer(frame: PageFrame, product: Product): unknown {
  return {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name: product.title,
    sku: product.sku,
    description: product.description,
    offers: {
      '@type': 'Offer',
      url: `${frame.publicUrl}/p/${product.slug}`,
      price: decimalCents(product.priceCents),
      priceCurrency: 'EUR',
      availability: `https://schema.org/${product.available > 0 ? 'InStock' : 'OutOfStock'}`,
    },
  }
}

function breadcrumbs(frame: PageFrame, trail: readonly { readonly name: string; readonly path: string }[]): unknown {
  const steps = [{ name: 'Home', path: '/' }, ...trail]
  return {
    '@context': 'https://schema.org',
    '@type': 'BreadcrumbList',
    itemListElement: steps.map((step, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name: step.name,
      item: `${frame.publicUrl}${step.path}`,
    })),
  }
}
