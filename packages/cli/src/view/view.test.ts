import { fc, test as property } from '@fast-check/vitest'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { aCriterion, aRelease, aStop, aVerdict, anEvent, anIncident } from '../testing/views.ts'
import { evidenceBar, evidenceShare } from './evidence-bar.ts'
import { counted, dateAndTime, percentOfBasisPoints, span, timeOfDay } from './figures.ts'
import { glyphs } from './glyphs.ts'
import { incidentLines } from './incident-lines.ts'
import { fit, paint, piece, printable, textWidth, widthOf, wrap } from './line.ts'
import { releaseChanges } from './release-changes.ts'
import { releaseScreen, type ScreenOptions } from './release-screen.ts'
import { table } from './table.ts'

const look: ScreenOptions = { now: 1_065_000, width: 100, hasColour: false, hasUnicode: true }

function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}

function screen(view = aRelease(), options: Partial<ScreenOptions> = {}): string {
  return releaseScreen(view, { ...look, ...options }).join('\n')
}

describe('the screen of a release', () => {
  test('says where it is, since when, whom it exposes and how far that has reached', () => {
    const [head] = screen().split('\n')
    expect(head).toBe('storefront-next  RAMPING for 1:05  exposes 50 % of visitors  · 2/2 gateways')
  })

  test('draws the plan as a track with the share of each stage', () => {
    const [, marks, names, shares] = screen().split('\n')
    expect(marks).toMatch(/^●━+◉─+○\s*$/)
    expect(names?.trim().split(/\s+/)).toEqual(['canary', 'half', 'full'])
    expect(shares?.trim().split(/ {2,}/)).toEqual(['5 %', '50 %', '100 %'])
  })

  test('shows per criterion the verdict, both bars, units, rates and why', () => {
    const text = screen()
    expect(text).toContain('gate checkout  INCONCLUSIVE')
    expect(text).toMatch(
      /purchase-completion {2}inconclusive {4}stop █{4}░{4} {2}pass ░{8} {2}n 205\/210 {2}55.0 % : 62.0 %$/m,
    )
    expect(text).toContain('    coupon orders complete less often, not surely yet. Needs about 40 more journeys')
  })

  test('a hold names who must act and how long they have; then by how much they are late', () => {
    const hold = { cause: 'verdict', reason: 'no signals', owner: 'checkout', deadline: 1_125_000, escalations: 0 }
    expect(screen(aRelease({ phase: 'held', hold }))).toContain('held (verdict): checkout must act, 1:00 left')
    expect(screen(aRelease({ phase: 'held', hold: { ...hold, deadline: 1_060_000, escalations: 2 } }))).toContain(
      'overdue by 5.0 s, escalated 2x',
    )
  })

  test('a stop says who, why, and how long it took until it was in effect', () => {
    const stopping = aRelease({ phase: 'stopping', stop: aStop() })
    expect(screen(stopping)).toContain('not yet in effect everywhere')
    expect(screen(stopping)).toContain('✕')
    const stopped = aRelease({ phase: 'stopped', stop: aStop({ inEffectAt: 1_020_042 }) })
    expect(screen(stopped)).toContain('in effect 42 ms later')
    expect(screen(stopped)).toContain('coupon: orders fail at the candidate')
  })

  test('shows the newest events and that the link is lost', () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((seq) => anEvent(seq))
    const text = screen(aRelease(), { events, lost: 'ECONNREFUSED' })
    expect(text).toContain('approved by checkout-lead@example.com: because 7')
    expect(text).not.toContain('because 2')
    expect(text).toContain('link lost: ECONNREFUSED')
  })

  test('in a low terminal reasons become short, a fail still says all, and the end is cut', () => {
    const long = 'word '.repeat(60).trim()
    const criteria = [aCriterion({ reason: long }), aCriterion({ criterion: 'b', kind: 'fail', reason: `why ${long}` })]
    const view = aRelease({ verdict: aVerdict({ criteria }) })
    const full = releaseScreen(view, look)
    const low = releaseScreen(view, { ...look, height: full.length - 1, events: [anEvent(1)] })
    expect(low.length).toBeLessThan(full.length)
    expect(low.filter((line) => line.includes('word')).length).toBe(1 + 4)
    expect(releaseScreen(view, { ...look, height: 6 })).toHaveLength(6)
  })

  test('a stop is not explained twice when a criterion above says why', () => {
    const view = aRelease({
      phase: 'stopped',
      stop: aStop({ reason: 'gate: 0 of 31 completed' }),
      verdict: aVerdict({ criteria: [aCriterion({ kind: 'fail', reason: '0 of 31 completed' })] }),
    })
    expect(screen(view).match(/0 of 31 completed/g)).toHaveLength(1)
  })

  test('needs no more than ASCII when the terminal has no more', () => {
    // oxlint-disable-next-line no-control-regex -- ASCII is a range that begins there
    expect(screen(aRelease({ stop: aStop() }), { hasUnicode: false })).toMatch(/^[\u0000-\u007f]*$/)
  })

  test('what people wrote cannot move the cursor, change colours or reverse the text', () => {
    const evil = 'gone\u001b[2J\u001b[31m\nline\u202e two\u0007'
    const text = screen(aRelease({ stop: aStop({ reason: evil }), verdict: aVerdict({ gate: evil }) }))
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  property.prop([fc.integer({ min: 1, max: 250 }), fc.boolean(), fc.boolean(), fc.string({ unit: 'grapheme' })])(
    'never writes a line wider than the terminal, whatever people wrote',
    (width, hasUnicode, hasColour, words) => {
      const view = aRelease({
        id: words || 'r',
        phase: 'held',
        verdict: aVerdict({ criteria: [aCriterion({ reason: words.repeat(9), criterion: words })] }),
        hold: { cause: words, reason: words.repeat(20), owner: words, deadline: 0, escalations: 0 },
      })
      const lines = releaseScreen(view, {
        ...look,
        width,
        hasUnicode,
        hasColour,
        events: [anEvent(1, { reason: words })],
      })
      for (const line of lines) expect(textWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(width)
    },
  )
})

describe('the evidence bar', () => {
  test('measures a bet in logarithms: a tenth of the threshold 100 is half the way', () => {
    expect(evidenceShare({ evidence: 10, threshold: 100 })).toBe(0.5)
    expect(evidenceShare({ evidence: 0.2, threshold: 100 })).toBe(0)
    expect(evidenceShare({ evidence: 1e9, threshold: 100 })).toBe(1)
  })

  property.prop([
    fc.double({ min: 0, max: 1e12 }),
    fc.double({ min: 1.01, max: 1e6 }),
    fc.integer({ min: 1, max: 40 }),
  ])('is full if and only if the threshold is reached', (evidence, threshold, width) => {
    const bar = evidenceBar(evidenceShare({ evidence, threshold }), width, glyphs(true))
    expect(bar === '█'.repeat(width)).toBe(evidence >= threshold)
    expect(textWidth(bar)).toBe(width)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('draws something for the evidence %d too', (evidence) => {
    expect(evidenceBar(evidenceShare({ evidence, threshold: 20 }), 4, glyphs(false))).toHaveLength(4)
  })
})

describe('changes of a release, as lines of a log', () => {
  test('a first view says phase, exposure and what each criterion says', () => {
    expect(releaseChanges(undefined, aRelease())).toEqual([
      'storefront-next ramping half: the gate of canary passed',
      'storefront-next exposes 50 % of visitors, confirmed by 2/2 gateways',
      'storefront-next purchase-completion (coupon) inconclusive: coupon orders complete less often, not surely yet',
    ])
  })

  test('evidence that only grew says nothing', () => {
    const grown = aRelease({
      verdict: aVerdict({ criteria: [aCriterion({ stop: { evidence: 50, threshold: 100 } })] }),
    })
    expect(releaseChanges(aRelease(), grown)).toEqual([])
  })

  test('a fail and its stop are told once, and again when the stop is in effect', () => {
    const stopping = aRelease({
      phase: 'stopping',
      reason: 'coupon failed',
      exposure: { visitorBasisPoints: 0, urlBasisPoints: 0, mode: 'evict' },
      confirmed: { gateways: 0, of: 2 },
      stop: aStop(),
      verdict: aVerdict({ kind: 'fail', criteria: [aCriterion({ kind: 'fail', reason: '0 of 41 completed' })] }),
    })
    expect(releaseChanges(aRelease(), stopping)).toEqual([
      'storefront-next stopping half: coupon failed',
      'storefront-next exposes nobody, confirmed by 0/2 gateways',
      'storefront-next purchase-completion (coupon) fail: 0 of 41 completed',
      'storefront-next stop (evict) by headgate: coupon: orders fail at the candidate',
    ])
    const stopped = { ...stopping, phase: 'stopped' as const, stop: aStop({ inEffectAt: 1_020_042 }) }
    expect(releaseChanges(stopping, stopped)).toEqual([
      'storefront-next stopped half: coupon failed',
      'storefront-next stop in effect 42 ms after the request',
    ])
  })

  test.each([
    ['none', 'nobody'],
    ['open', '25 % of visitors, 10 % of URLs'],
    ['hold', 'no new entrants to 25 % of visitors'],
    ['eject', 'pinned journeys only'],
    ['evict', 'nobody'],
  ] as const)('exposure in mode %s reads "%s"', (mode, text) => {
    const exposure = { visitorBasisPoints: 2_500, urlBasisPoints: 1_000, mode }
    expect(releaseChanges(undefined, aRelease({ exposure }))[1]).toContain(`exposes ${text}, confirmed`)
  })

  test('a hold names the owner, and its end is told', () => {
    const held = aRelease({
      phase: 'held',
      hold: { cause: 'verdict', reason: 'blind', owner: 'checkout', deadline: 1_060_000, escalations: 0 },
    })
    expect(releaseChanges(aRelease(), held)).toContain(
      'storefront-next held (verdict), checkout must act within 1:00: blind',
    )
    expect(releaseChanges(held, aRelease())).toContain('storefront-next hold ended')
  })
})

describe('an incident', () => {
  test('reads as what, where, how fast and what it cost', () => {
    const text = incidentLines(anIncident()).join('\n')
    expect(text).toContain('coupon (criterion purchase-completion)')
    expect(text).toContain('16 s after harm began to show')
    expect(text).toContain('42 ms after the request')
    expect(text).toContain('9.0 (95 %: 4.2 to 14.4)')
    expect(text).toContain('candidate 55.0 %, control 62.0 %')
  })
})

describe('figures', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4_200, '4.2 s'],
    [59_400, '59 s'],
    [187_000, '3:07'],
    [7_500_000, '2 h 05 min'],
  ])('%i ms reads %s', (ms, text) => expect(span(ms)).toBe(text))

  test.each([
    [0, '0 %'],
    [25, '0.25 %'],
    [1_250, '12.5 %'],
    [10_000, '100 %'],
  ])('%i basis points read %s', (points, text) => expect(percentOfBasisPoints(points)).toBe(text))

  test('times say their zone', () => {
    expect(timeOfDay(1_777_903_389_000)).toBe('14:03:09Z')
    expect(dateAndTime(1_777_903_389_000)).toBe('2026-05-04 14:03:09Z')
  })

  test('one is not many', () => {
    expect([counted(0, 'file'), counted(1, 'file'), counted(2, 'file')]).toEqual(['0 files', '1 file', '2 files'])
  })
})

describe('lines', () => {
  property.prop([fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 0, max: 60 })])(
    'fit in any width, and are left alone when they fit',
    (texts, width) => {
      const line = texts.map((text) => piece(text, 'bold'))
      const fitted = fit(line, width, '…')
      expect(widthOf(fitted)).toBeLessThanOrEqual(width)
      if (widthOf(line) <= width) expect(fitted).toEqual(line)
    },
  )

  property.prop([fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 60 })])(
    'wrapping loses no word',
    (text, width) => {
      expect(wrap(text, width).flatMap(wordsOf)).toEqual(wordsOf(printable(text)))
    },
  )

  test('carry colour only where the terminal has any', () => {
    expect(paint([piece('a', 'good'), piece('b')], false)).toBe('ab')
    expect(paint([piece('a', 'good'), piece('b')], true)).toBe('\u001b[32ma\u001b[39mb')
  })

  test('a table lines numbers up on the right', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '1'],
          ['long', '200'],
        ],
        new Set(['n']),
      ),
    ).toEqual(['NAME    N', 'a       1', 'long  200'])
  })
})
