import { HeadgateError, lintModel, type Problem } from '@headgate/core/model'
import { describe, expect, test } from 'vitest'
import { parseModelFiles, requireModel } from './parse-model-files.ts'
import { findingsWithPositions } from './positions.ts'

const model = `apiVersion: headgate.dev/v1
shop: { name: demo, servedBy: legacy }
teams:
  web: { lead: web-lead@example.com }
domains:
  web:
    owner: web
    rights: { stop: { any: [web] }, raise: { any: [web] } }
    escalation: [{ after: 5m, to: web }]
components:
  legacy: { domain: web, owner: web, upstream: "http://127.0.0.1:1" }
  next: { domain: web, owner: web, upstream: "http://127.0.0.1:2", replaces: legacy }
routes:
  all: { match: "/*" }
flows:
  buy:
    domain: web
    steps: [{ id: start, match: "GET /buy" }, done]
`
const release = `apiVersion: headgate.dev/v1
release: r1
components: [next]
owner: web
flows: [buy]
gates:
  watch:
    onFail: evict
    respondWithin: 5m
    criteria:
      - { signal: completion, flow: buy, margin: 3% }
stages:
  - { id: some, visitors: 5%, window: { min: 1m, max: 1h }, exit: watch }
  - { id: all, visitors: 100%, window: { min: 1m, max: 1h }, exit: watch }
`

function read(modelText = model, ...releases: readonly string[]) {
  const files = releases.map((text, index) => ({ path: `releases/r${index + 1}.yaml`, text }))
  return parseModelFiles([{ path: 'headgate.yaml', text: modelText }, ...files])
}

function problemsOf(modelText = model, ...releases: readonly string[]): readonly Problem[] {
  const parsed = read(modelText, ...releases)
  return parsed.ok ? [] : parsed.problems
}

/** `line:column message` of each problem. */
function told(modelText = model, ...releases: readonly string[]): string[] {
  return problemsOf(modelText, ...releases).map(({ line, column, message }) => `${line}:${column} ${message}`)
}

function edit(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the fixture has no "${from}"`)
  return text.replace(from, to)
}

function salt(text: string): number | undefined {
  const parsed = read(model, text)
  return parsed.ok ? parsed.plans[0]?.salt : undefined
}

describe('a readable model', () => {
  test('fills in every default', () => {
    const { model: read1, plans } = requireModel([
      { path: 'shop/headgate.yaml', text: model },
      { path: 'shop/releases/r1.yaml', text: release },
    ])
    expect(read1.flows['buy']).toEqual({
      domain: 'web',
      steps: [
        { id: 'start', match: [{ method: 'GET', path: '/buy' }], failsOn: [] },
        { id: 'done', match: [], event: 'done', failsOn: [] },
      ],
      startsAt: 'start',
      completesAt: 'done',
      pinnedFrom: 'start',
      pinMs: 7_200_000,
      horizonMs: 1_800_000,
      paths: { critical: { critical: true, match: [] } },
      defaultPath: 'critical',
    })
    expect(read1.domains['web']?.rights.raise).toEqual({
      quorum: 1,
      teams: ['web'],
      expiresMs: 14_400_000,
      reasonRequired: false,
    })
    expect(plans[0]).toMatchObject({
      id: 'r1',
      falseStopBudget: 0.01,
      falsePassBudget: 0.01,
      tickMs: 5_000,
      lease: { durationMs: 15_000, onExpiry: 'control' },
      stages: [
        {
          visitorBasisPoints: 500,
          urlBasisPoints: 0,
          routes: [],
          fallback: 'control',
          reversible: true,
          exit: { id: 'watch', owner: 'web', criteria: [{ id: 'completion-buy', minUnits: 100, pathMargins: {} }] },
        },
        { visitorBasisPoints: 10_000 },
      ],
    })
  })

  test('gives a release the same salt every time, and another release another', () => {
    expect(salt(release)).toBe(salt(`${release}\n# a comment`))
    expect(salt(release)).not.toBe(salt(edit(release, 'release: r1', 'release: r2')))
    expect(salt(`${release}salt: 42\n`)).toBe(42)
  })

  test('keeps the file order of route classes, which decides who wins', () => {
    const ordered = edit(
      model,
      '  all: { match: "/*" }',
      '  z: { match: "/z" }\n  a2: { match: "/a" }\n  b: { match: "/*" }',
    )
    const parsed = read(ordered)
    expect(parsed.ok && Object.keys(parsed.model.routes)).toEqual(['z', 'a2', 'b'])
  })

  test('an anchor may stand for a repeated part', () => {
    const text = edit(
      model,
      '{ stop: { any: [web] }, raise: { any: [web] } }',
      '{ stop: &all { any: [web] }, raise: *all }',
    )
    expect(problemsOf(text)).toEqual([])
  })

  test('reads CRLF line ends and a byte order mark', () => {
    expect(problemsOf(`\uFEFF${model.replaceAll('\n', '\r\n')}`)).toEqual([])
  })
})

describe('a problem names its place and what was expected', () => {
  test.each([
    [
      'an unknown key',
      'owner: web\n    rights',
      'onwer: web\n    rights',
      [
        '6:3 "owner" is missing: expected an id: up to 64 letters, digits, "-" and "_", at least one of them a letter',
        '7:5 unknown key "onwer" in a domain. Did you mean "owner"?',
      ],
    ],
    [
      'an unknown right',
      'rights: { stop:',
      'rights: { stpo:',
      ['8:15 unknown key "stpo" in the rights of a domain. Did you mean "stop"?'],
    ],
    ['a wrong type', 'any: [web] }, raise', 'any: web }, raise', ['8:28 expected a list of team ids, found "web"']],
    [
      'a bad duration',
      'after: 5m',
      'after: -5m',
      ['9:27 expected a duration such as 500ms, 20s, 5m, 2h or 1d, found "-5m"'],
    ],
    [
      'a bad URL',
      '"http://127.0.0.1:1"',
      'ftp://x',
      ['11:48 expected a base URL such as http://127.0.0.1:4001, found "ftp://x"'],
    ],
    [
      'a bad id',
      '  buy:',
      '  buy.now:',
      ['16:3 expected an id: up to 64 letters, digits, "-" and "_", at least one of them a letter, found "buy.now"'],
    ],
    [
      'a bad rule inside a step',
      '"GET /buy"',
      '"get /buy"',
      ['18:33 unknown method "get" in "get /buy"; write one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ],
    ['a step twice', 'start, match', 'done, match', ['18:46 step "done" stands here twice; ids are unique']],
    [
      'a quorum without teams',
      'raise: { any: [web] }',
      'raise: { quorum: 2 }',
      ['8:44 a quorum needs both keys: of is missing'],
    ],
    [
      'both ways of a right',
      'raise: { any: [web] }',
      'raise: { any: [web], quorum: 2, of: [web] }',
      ['8:44 write either any: [teams] (one person) or quorum: n with of: [teams] (n distinct people)'],
    ],
    [
      'an escalation that goes back',
      '[{ after: 5m, to: web }]',
      '[{ after: 5m, to: web }, { after: 5m, to: web }]',
      ['9:51 escalation must ascend: 5m does not come after 5m'],
    ],
    [
      'another version',
      'headgate.dev/v1',
      'headgate.dev/v2',
      ['1:13 expected apiVersion: headgate.dev/v1, the only version there is'],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(told(edit(model, from, to))).toEqual(expected)
  })

  test.each([
    [
      'a share over 100 %',
      'visitors: 5%',
      'visitors: 500%',
      ['13:27 expected a share from 0% to 100% in steps of 0.01%, such as 5%, found "500%"'],
    ],
    [
      'a share that is not a number',
      'visitors: 5%',
      'visitors: .nan',
      ['13:27 expected a share from 0% to 100% in steps of 0.01%, such as 5%, found NaN'],
    ],
    [
      'a word of a closed list',
      'onFail: evict',
      'onFail: evcit',
      ['8:13 expected one of hold, eject, evict, found "evcit". Did you mean "evict"?'],
    ],
    [
      'a signal that does not exist',
      'signal: completion',
      'signal: complation',
      [
        '11:19 expected a criterion whose signal is one of completion, errors, latency, revenue, count, split, metric, found "complation". Did you mean "completion"?',
      ],
    ],
    [
      'a key of another signal',
      'flow: buy,',
      'flow: buy, tolerance: 20%,',
      [
        '11:42 unknown key "tolerance" in a completion criterion. Known: id, owner, weight, shadow, signedOff, signal, flow, margin, and 3 more.',
      ],
    ],
    [
      'a gate that does not exist',
      'max: 1h }, exit: watch }\n  - { id: all',
      'max: 1h }, exit: wtach }\n  - { id: all',
      ['13:67 no gate "wtach" under gates. Did you mean "watch"?'],
    ],
    ['stages that fall', 'visitors: 100%', 'visitors: 1%', ['14:26 stages must ascend: visitors falls from 5% to 1%']],
    [
      'stages that stand still',
      'visitors: 100%',
      'visitors: 5%',
      ['14:26 stages must ascend: "all" exposes no more than "some" before it'],
    ],
    ['a stage id twice', '{ id: all', '{ id: some', ['14:11 stage "some" stands here twice; ids are unique']],
    [
      'no stages',
      release.slice(release.indexOf('stages:')),
      'stages: []\n',
      ['12:9 a release needs at least one stage'],
    ],
    [
      'a missing list of stages',
      release.slice(release.indexOf('stages:')),
      '',
      ['1:1 "stages" is missing: expected a list of stages'],
    ],
    [
      'an integer that is none',
      'owner: web',
      'owner: web\nsalt: 1.5',
      ['5:7 expected a whole number from 0 to 4294967295, found 1.5'],
    ],
    [
      'an impossible budget',
      'owner: web',
      'owner: web\nbudgets: { falseStop: 0% }',
      ['5:23 expected a probability above 0% and at most 20%'],
    ],
    [
      'a freeze that ends before it begins',
      'owner: web',
      'owner: web\nfreezes: [{ from: 2026-02-01, until: 2026-01-01, reason: x }]',
      ['5:38 a freeze ends after it begins; 2026-01-01 does not come after 2026-02-01'],
    ],
    [
      'criteria that would share their evidence',
      'margin: 3% }',
      'margin: 3% }\n      - { signal: completion, flow: buy, margin: 9% }',
      ['12:9 criterion "completion-buy" stands here twice; give each an id of its own'],
    ],
    [
      'a metric without limits',
      'margin: 3% }',
      'margin: 3% }\n      - { id: lag, signal: metric, source: p, query: q }',
      ['12:9 "lag" has no limit: write max, min or both'],
    ],
    [
      'a metric that cannot pass',
      'margin: 3% }',
      'margin: 3% }\n      - { id: lag, signal: metric, source: p, query: q, min: 2, max: 1 }',
      ['12:9 "lag" can never pass: min 2 > max 1'],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(told(model, edit(release, from, to))).toEqual(expected)
  })

  test('an inline gate is explained as a gate, not as a name', () => {
    const inline = edit(
      release,
      'exit: watch }\n  - { id: all',
      'exit: { onFail: evict, criteria: [] } }\n  - { id: all',
    )
    expect(told(model, inline)).toEqual(['13:94 a gate needs at least one criterion'])
  })
})

describe('all problems are reported', () => {
  test('of every file, not the first only', () => {
    const broken = edit(edit(model, 'lead:', 'laed:'), 'after: 5m', 'after: soon')
    const other = edit(edit(release, 'visitors: 5%', 'visitors: 101%'), 'onFail: evict', 'onFail: stop')
    expect(problemsOf(broken, other).map(({ file, line }) => `${file}:${line}`)).toEqual([
      'headgate.yaml:4',
      'headgate.yaml:9',
      'releases/r1.yaml:8',
      'releases/r1.yaml:13',
    ])
  })

  test('a release that is defined twice, a second model, and no model', () => {
    expect(told(model, release, release)).toEqual(['2:1 release "r1" is defined twice; first in releases/r1.yaml'])
    const two = parseModelFiles([
      { path: 'a/headgate.yaml', text: model },
      { path: 'b/headgate.yml', text: model },
    ])
    expect(two).toMatchObject({ ok: false, problems: [{ file: 'b/headgate.yml' }] })
    expect(parseModelFiles([])).toMatchObject({ ok: false, problems: [{ file: 'headgate.yaml' }] })
  })

  test('requireModel throws INVALID_MODEL with all of them', () => {
    const files = [{ path: 'headgate.yaml', text: 'apiVersion: headgate.dev/v1' }]
    expect(() => requireModel(files)).toThrow(HeadgateError)
    expect(() => requireModel(files)).toThrow(/has 5 problems. First: headgate.yaml:1:/)
  })
})

describe('findings have positions', () => {
  test('of the model, of a release, and of a gate where it is defined', () => {
    const brokenModel = edit(model, 'escalation: [{ after: 5m, to: web }]', 'escalation: [{ after: 5m, to: wbe }]')
    const brokenRelease = edit(edit(release, 'flow: buy', 'flow: byu'), 'components: [next]', 'components: [nxt]')
    const parsed = requireModel([
      { path: 'headgate.yaml', text: brokenModel },
      { path: 'releases/r1.yaml', text: brokenRelease },
    ])
    const located = findingsWithPositions(lintModel(parsed.model, parsed.plans), parsed.positions)
    const unknown = located.filter(({ code }) => code === 'unknown-reference')
    expect(unknown.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
      'headgate.yaml:9:31',
      'releases/r1.yaml:3:14',
      'releases/r1.yaml:11:31',
    ])
  })

  test('a path without a place of its own stands where its surroundings do', () => {
    const { positions } = requireModel([{ path: 'headgate.yaml', text: model }])
    expect(positions.locate('/domains/web/nowhere/else')).toEqual({ file: 'headgate.yaml', line: 6, column: 3 })
    expect(positions.locate('/releases/unknown')).toBeUndefined()
  })
})
