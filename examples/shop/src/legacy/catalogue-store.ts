import { escapePattern } from '../database/pattern.ts'
import { prepared, rows, type Database } from '../database/pool.ts'
import type { Category, Product, Storefront } from '../storefront/storefront.ts'

const products = `
  select products.sku, products.slug, products.title, products.category, products.description,
    products.price_cents as "priceCents", products.previous_price_cents as "previousCents", products.on_hand as available
  from legacy.products`

const selectCategories = prepared(
  'legacy-categories',
  'select categories.id, categories.title from legacy.categories order by categories.position',
)
const selectFeatured = prepared('legacy-featured', `${products} where products.position = 1 order by products.sku`)
const selectCategory = prepared(
  'legacy-category',
  `${products} where products.category = $1 order by products.position`,
)
const selectMatching = prepared(
  'legacy-matching',
  `${products} where products.title ilike '%' || $1 || '%' order by products.sku limit 48`,
)
const selectProduct = prepared('legacy-product', `${products} where products.slug = $1`)
const selectSlugs = prepared('legacy-slugs', 'select products.slug from legacy.products order by products.sku')

type Catalogue = Pick<Storefront, 'categories' | 'featured' | 'inCategory' | 'search' | 'product' | 'slugs'>

/** The legacy shop reads its own tables, which the ERP feeds. */
export function createLegacyCatalogue(database: Database): Catalogue {
  return {
    categories: () => rows<Category>(database, selectCategories()),
    featured: () => rows<Product>(database, selectFeatured()),
    inCategory: (category) => rows<Product>(database, selectCategory([category])),
    search: (words) => rows<Product>(database, selectMatching([escapePattern(words)])),
    product: async (slug) => (await rows<Product>(database, selectProduct([slug])))[0],
    slugs: async () => (await rows<{ slug: string }>(database, selectSlugs())).map(({ slug }) => slug),
  }
}
