import { escapePattern } from '../database/pattern.ts'
import { prepared, rows, type Database } from '../database/pool.ts'
import type { Category, Product } from '../storefront/storefront.ts'

const columns = `
  products.sku, products.slug, products.title, products.category, products.description,
  prices.cents as "priceCents", prices.previous_cents as "previousCents", stock.on_hand - stock.reserved as available`
const tables = `
  from commerce.products
  join commerce.prices on prices.sku = products.sku
  join commerce.stock on stock.sku = products.sku`

const selectCategories = prepared(
  'commerce-categories',
  'select categories.id, categories.title from commerce.categories order by categories.position',
)
/** The first two of each category: a front page that stays the same for the same catalogue. */
const selectFeatured = prepared(
  'commerce-featured',
  `select ${columns} ${tables} where products.position = 1 order by products.sku`,
)
const selectCategory = prepared(
  'commerce-category',
  `select ${columns} ${tables} where products.category = $1 order by products.position`,
)
const selectMatching = prepared(
  'commerce-matching',
  `select ${columns} ${tables} where products.title ilike '%' || $1 || '%' order by products.sku limit 48`,
)
const selectProduct = prepared('commerce-product', `select ${columns} ${tables} where products.slug = $1`)
const selectSlugs = prepared('commerce-slugs', 'select products.slug from commerce.products order by products.sku')

export interface CatalogueStore {
  categories(): Promise<readonly Category[]>
  featured(): Promise<readonly Product[]>
  inCategory(category: string): Promise<readonly Product[]>
  search(words: string): Promise<readonly Product[]>
  product(slug: string): Promise<Product | undefined>
  slugs(): Promise<readonly string[]>
}

export function createCatalogueStore(database: Database): CatalogueStore {
  return {
    categories: () => rows<Category>(database, selectCategories()),
    featured: () => rows<Product>(database, selectFeatured()),
    inCategory: (category) => rows<Product>(database, selectCategory([category])),
    search: (words) => rows<Product>(database, selectMatching([escapePattern(words)])),
    product: async (slug) => (await rows<Product>(database, selectProduct([slug])))[0],
    slugs: async () => (await rows<{ slug: string }>(database, selectSlugs())).map(({ slug }) => slug),
  }
}
