import { percentOf } from '../rules/money.ts'
import { seededRandom, type Random } from '../random.ts'

export interface SeedCategory {
  readonly id: string
  readonly title: string
}

export interface SeedItem {
  readonly sku: string
  readonly slug: string
  readonly title: string
  readonly category: string
  readonly description: string
  readonly priceCents: number
  readonly previousCents: number
  readonly stock: number
}

interface Family extends SeedCategory {
  readonly makes: readonly string[]
  readonly nouns: readonly string[]
  /** Price range, whole euro. */
  readonly from: number
  readonly to: number
}

const families: readonly Family[] = [
  {
    id: 'kitchen',
    title: 'Kitchen',
    from: 9,
    to: 90,
    makes: ['oak', 'steel', 'enamel', 'copper', 'stoneware', 'olive wood', 'cast iron'],
    nouns: ['serving board', 'saucepan', 'tea kettle', 'pepper mill', 'mixing bowl', 'bread bin', 'colander'],
  },
  {
    id: 'lighting',
    title: 'Lighting',
    from: 19,
    to: 160,
    makes: ['brass', 'paper', 'glass', 'oak', 'steel', 'rattan', 'linen'],
    nouns: ['table lamp', 'floor lamp', 'pendant', 'wall light', 'lantern', 'reading light', 'candle holder'],
  },
  {
    id: 'bedding',
    title: 'Bedding',
    from: 15,
    to: 140,
    makes: ['linen', 'cotton', 'wool', 'flannel', 'jersey', 'percale', 'muslin'],
    nouns: ['duvet cover', 'pillow', 'fitted sheet', 'blanket', 'bedspread', 'mattress pad', 'pillowcase'],
  },
  {
    id: 'bath',
    title: 'Bath',
    from: 6,
    to: 70,
    makes: ['cotton', 'bamboo', 'stone', 'oak', 'linen', 'steel', 'cork'],
    nouns: ['bath towel', 'soap dish', 'bath mat', 'mirror', 'laundry basket', 'shower shelf', 'robe'],
  },
  {
    id: 'garden',
    title: 'Garden',
    from: 8,
    to: 120,
    makes: ['zinc', 'terracotta', 'larch', 'steel', 'oak', 'copper', 'willow'],
    nouns: ['watering can', 'planter', 'trowel', 'bird house', 'seed tray', 'garden bench', 'compost bin'],
  },
  {
    id: 'tools',
    title: 'Tools',
    from: 7,
    to: 110,
    makes: ['steel', 'ash', 'beech', 'forged', 'chrome', 'oak', 'carbon'],
    nouns: ['hammer', 'screwdriver set', 'hand saw', 'spirit level', 'tool chest', 'chisel', 'work light'],
  },
  {
    id: 'desk',
    title: 'Desk',
    from: 4,
    to: 80,
    makes: ['oak', 'cork', 'leather', 'brass', 'felt', 'walnut', 'paper'],
    nouns: ['notebook', 'pen tray', 'desk pad', 'letter rack', 'pencil case', 'book stand', 'clock'],
  },
  {
    id: 'bags',
    title: 'Bags',
    from: 18,
    to: 170,
    makes: ['canvas', 'leather', 'wool', 'waxed', 'linen', 'nylon', 'cotton'],
    nouns: ['shoulder bag', 'rucksack', 'weekender', 'wash bag', 'shopper', 'belt bag', 'laptop sleeve'],
  },
  {
    id: 'ceramics',
    title: 'Ceramics',
    from: 8,
    to: 75,
    makes: ['stoneware', 'porcelain', 'glazed', 'terracotta', 'speckled', 'white', 'blue'],
    nouns: ['vase', 'dinner plate', 'mug', 'teapot', 'butter dish', 'salad bowl', 'jug'],
  },
  {
    id: 'textiles',
    title: 'Textiles',
    from: 9,
    to: 130,
    makes: ['linen', 'cotton', 'wool', 'jute', 'velvet', 'striped', 'woven'],
    nouns: ['tablecloth', 'napkin set', 'curtain', 'cushion', 'rug', 'throw', 'kitchen towel'],
  },
  {
    id: 'outdoor',
    title: 'Outdoor',
    from: 12,
    to: 190,
    makes: ['canvas', 'steel', 'willow', 'cotton', 'larch', 'enamel', 'wool'],
    nouns: ['hammock', 'fire bowl', 'picnic basket', 'thermos', 'camping chair', 'rain cover', 'parasol'],
  },
  {
    id: 'kids',
    title: 'Kids',
    from: 6,
    to: 85,
    makes: ['wooden', 'cotton', 'felt', 'beech', 'paper', 'painted', 'maple'],
    nouns: ['building blocks', 'night light', 'train', 'colouring set', 'play tent', 'kite', 'step stool'],
  },
]

const kinds = ['Plain', 'Large', 'Small', 'Classic', 'Folding', 'Round', 'Tall', 'Everyday'] as const
const itemsPerCategory = 27

export const seedCategories: readonly SeedCategory[] = families.map(({ id, title }) => ({ id, title }))

/** 324 products, the same for the same seed. Two thirds were repriced lately, one in fifty is sold out. */
export function createCatalogue(seed: number): readonly SeedItem[] {
  const random = seededRandom(seed)
  return families.flatMap((family, index) =>
    uniqueTitles(family, random).map((title, position) =>
      createItem(family, title, index * 100 + position + 1, random),
    ),
  )
}

function uniqueTitles(family: Family, random: Random): readonly string[] {
  const all = family.nouns.flatMap((noun) =>
    family.makes.flatMap((make) => kinds.map((kind) => `${kind} ${make} ${noun}`)),
  )
  const chosen = new Set<string>()
  // Ends: a family has 392 titles and 27 are wanted.
  while (chosen.size < itemsPerCategory) chosen.add(all[Math.floor(random() * all.length)] ?? '')
  return [...chosen]
}

function createItem(family: Family, title: string, number: number, random: Random): SeedItem {
  const priceCents = Math.round(family.from + (family.to - family.from) * random() ** 2) * 100 - 10
  const repriced = random() < 2 / 3
  const change = percentOf(priceCents, 4 + Math.floor(random() * 12)) * (random() < 0.5 ? -1 : 1)
  const previousCents = repriced ? Math.max(290, Math.round((priceCents + change) / 100) * 100 - 10) : priceCents
  return {
    sku: `MR-${String(number).padStart(4, '0')}`,
    slug: title.toLowerCase().replaceAll(' ', '-'),
    title,
    category: family.id,
    description: `${title}, made to be used for years and easy to repair. Ships in recycled paper.`,
    priceCents,
    previousCents,
    stock: random() < 0.02 ? 0 : 400 + Math.floor(random() * 400),
  }
}
