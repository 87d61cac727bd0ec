import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie } from 'hono/cookie'
import type { Logger } from '../service/logger.ts'
import { assetRoutes } from '../web/assets.ts'
import { landingPage, listingPage, productPage, searchPage } from '../web/catalogue-pages.ts'
import { accountPage, messagePage } from '../web/checkout-pages.ts'
import { robotsText, sitemapXml } from '../web/crawl-files.ts'
import type { PageFrame } from '../web/layout.ts'
import type { Look } from '../web/look.ts'
import { checkoutRoutes } from './checkout-routes.ts'
import { browsedPage, privatePage, type FrameFor, type StorefrontEnv } from './page-context.ts'
import type { Session, SessionCodec } from './session.ts'
import type { Category, Order, Storefront } from './storefront.ts'

/** The routes of a storefront that browsing shoppers and crawlers see, as classes that may be slow on their own. */
export type BrowsedPage = 'landing' | 'listing' | 'product'

export interface StorefrontDependencies {
  readonly look: Look
  readonly storefront: Storefront
  readonly publicUrl: string
  readonly cookieName: string
  readonly sessions: SessionCodec
  readonly logger: Logger
  /** The time this stack takes to put a browsed page together, beyond what the lab really computes. */
  readonly renderTime: (page: BrowsedPage) => Promise<void>
}

/** Pages of the shop: one URL space, whichever storefront stands behind it. */
export function createStorefrontApp(dependencies: StorefrontDependencies): Hono<StorefrontEnv> {
  const { storefront, sessions, cookieName, logger } = dependencies
  const frameFor = createFrames(dependencies)
  const app = new Hono<StorefrontEnv>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.route('/assets', assetRoutes())
  app.get('/robots.txt', (c) => c.text(robotsText(dependencies.publicUrl)))
  app.get('/sitemap.xml', async (c) => {
    const paths = await sitemapPaths(storefront)
    return c.body(sitemapXml(dependencies.publicUrl, paths), 200, { 'content-type': 'application/xml' })
  })
  app.use(bodyLimit({ maxSize: 64 * 1_024 }))
  app.use(async (c, next) => {
    c.set('session', sessions.decode(getCookie(c, cookieName)))
    await next()
  })
  addCataloguePages(app, dependencies, frameFor)
  const keep = (session: Session) => [cookieName, sessions.encode(session)] as const
  app.route('/', checkoutRoutes({ storefront, frameFor, keep }))
  app.get('/account', async (c) => {
    const orders = await Promise.all(c.var.session.orders.map((id) => storefront.order(id)))
    const known = orders.filter((order): order is Order => order !== undefined)
    return c.html(accountPage(await frameFor(c.var.session), known), 200, privatePage)
  })
  app.notFound(async (c) => {
    const frame = await frameFor(c.var.session)
    return c.html(messagePage(frame, 'not-found', 'Not found', 'This page is gone, or was never here.'), 404)
  })
  app.onError((error, c) => {
    logger.error('a page failed', { path: c.req.path, error })
    // Without categories: the page that says so must not depend on what just broke.
    const frame: PageFrame = { ...dependencies, categories: [], items: 0 }
    return c.html(messagePage(frame, 'failure', 'That did not work', 'Please try again in a moment.'), 503, privatePage)
  })
  return app
}

/** Categories change with a deployment, not with a request: read once, and again only after a failure. */
function createFrames({ look, publicUrl, storefront }: StorefrontDependencies): FrameFor {
  let known: readonly Category[] | undefined
  return async (session) => {
    known ??= await storefront.categories()
    return { look, publicUrl, categories: known, items: session?.items ?? 0 }
  }
}

function addCataloguePages(app: Hono<StorefrontEnv>, dependencies: StorefrontDependencies, frameFor: FrameFor): void {
  const { storefront, renderTime } = dependencies
  app.get('/', async (c) => {
    const [frame, featured] = await Promise.all([frameFor(c.var.session), storefront.featured(), renderTime('landing')])
    return c.html(landingPage(frame, featured), 200, browsedPage)
  })
  app.get('/c/:category', async (c) => {
    const id = c.req.param('category')
    const frame = await frameFor(c.var.session)
    const category = frame.categories.find((known) => known.id === id)
    if (category === undefined) return c.notFound()
    const [products] = await Promise.all([storefront.inCategory(id), renderTime('listing')])
    return c.html(listingPage(frame, category, products), 200, browsedPage)
  })
  app.get('/p/:slug', async (c) => {
    const found = [frameFor(c.var.session), storefront.product(c.req.param('slug')), renderTime('product')] as const
    const [frame, product] = await Promise.all(found)
    return product === undefined ? c.notFound() : c.html(productPage(frame, product), 200, browsedPage)
  })
  app.get('/search', async (c) => {
    const words = (c.req.query('q') ?? '').trim().slice(0, 80)
    const products = words === '' ? [] : await storefront.search(words)
    return c.html(searchPage(await frameFor(c.var.session), words, products), 200, browsedPage)
  })
}

async function sitemapPaths(storefront: Storefront): Promise<readonly string[]> {
  const [categories, slugs] = await Promise.all([storefront.categories(), storefront.slugs()])
  return ['/', ...categories.map(({ id }) => `/c/${id}`), ...slugs.map((slug) => `/p/${slug}`)]
}
