import type { CheckoutMethod } from '../rules/methods.ts'
import { logNormal, pickEvenly, pickWeighted, type Random } from '../random.ts'
import { behaviour, searchWords } from './behaviour.ts'
import type { Browser, SeenPage } from './browser.ts'
import { payFor } from './checkout.ts'
import { linksTo } from './page.ts'
import type { Visit, VisitEnd } from './visit.ts'

/** One visit: come in somewhere, look around, perhaps buy. */
export async function visitShop(visit: Visit): Promise<VisitEnd> {
  const { random } = visit
  const entry = await enter(visit)
  if (random() >= behaviour.meansToBuy) return lookAround(visit, entry)
  const cart = await fillCart(visit, entry)
  if (cart === undefined) return 'left'
  await visit.wait(behaviour.readsPage)
  if (random() < behaviour.leavesCart) return 'left'
  return payFor(visit, chooseMethod(random))
}

/** A returning shopper goes straight to the cart, and shops on when it is empty. */
export async function visitAgain(visit: Visit): Promise<VisitEnd> {
  const cart = await visit.browser.open('/cart')
  if (cart.kind === 'cart') {
    await visit.wait(behaviour.readsPage)
    return payFor(visit, chooseMethod(visit.random))
  }
  return visitShop(visit)
}

function chooseMethod(random: Random): CheckoutMethod {
  return pickWeighted(
    random,
    behaviour.paths.map((path) => ({ weight: path.share, value: path.method })),
  )
}

function enter({ browser, random, advertised }: Visit): Promise<SeenPage> {
  const entry = pickWeighted(random, behaviour.entries)
  const article = pickEvenly(random, advertised)
  switch (entry) {
    case 'product':
      return browser.open(article ?? '/')
    case 'search':
      return browser.open(`/search?q=${pickEvenly(random, searchWords) ?? ''}`)
    case 'landing':
    case 'listing':
      return browser.open('/').then((page) => (entry === 'listing' ? openLink(browser, random, page, '/c/') : page))
  }
}

async function lookAround(visit: Visit, entry: SeenPage): Promise<VisitEnd> {
  const { browser, random } = visit
  let page = entry
  const pages = Math.round(logNormal(random, behaviour.browsesPages, 0.5))
  for (let seen = 1; seen < pages; seen += 1) {
    await visit.wait(behaviour.readsPage)
    if (losesPatience(visit, page)) return 'left'
    page = await openLink(browser, random, page, random() < 0.6 ? '/p/' : '/c/')
  }
  return 'looked'
}

/** Look until something is in the cart; undefined when the shopper gave up looking. */
async function fillCart(visit: Visit, entry: SeenPage): Promise<SeenPage | undefined> {
  const { browser, random } = visit
  let page = entry
  for (let seen = 0; seen < behaviour.patiencePages; seen += 1) {
    await visit.wait(behaviour.readsPage)
    if (losesPatience(visit, page)) return undefined
    const sku = page.kind === 'product' ? articleForSale(page) : undefined
    if (sku === undefined || random() >= behaviour.addsToCart) {
      page = await openLink(browser, random, page, page.kind === 'product' ? '/c/' : '/p/')
      continue
    }
    page = await browser.send('/cart/add', { sku, quantity: random() < 0.85 ? '1' : '2' })
    if (page.kind === 'cart' && random() >= behaviour.addsAnother) return page
    if (page.kind === 'cart') page = await openLink(browser, random, page, '/c/')
  }
  return undefined
}

function articleForSale(page: SeenPage): string | undefined {
  return /name="sku" value="([^"]+)"/.exec(page.body)?.[1]
}

/** Follow a link, rather one near the top; the front page when there is none (error pages). */
function openLink(browser: Browser, random: Random, page: SeenPage, prefix: '/p/' | '/c/'): Promise<SeenPage> {
  const links = linksTo(page.body, prefix)
  return browser.open(links[Math.floor(links.length * random() ** 1.5)] ?? '/')
}

function losesPatience({ random }: Visit, page: SeenPage): boolean {
  const isBad = page.ms > behaviour.patienceMs || page.status === 0 || page.status >= 500
  return isBad && random() < behaviour.leavesWhenSlow
}
