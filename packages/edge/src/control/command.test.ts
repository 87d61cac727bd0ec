import { fc, test } from '@fast-check/vitest'
import { stopModes } from '@headgate/core/model'
import { expect } from 'vitest'
import { formatCommand, parseCommand, type ControlCommand } from './index.ts'

const word = fc.stringMatching(/^[a-z0-9.@-]{1,20}$/).filter((text) => !text.startsWith('by='))
const release = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
const reason = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '))
const command: fc.Arbitrary<ControlCommand> = fc.oneof(
  fc.constant<ControlCommand>({ kind: 'status' }),
  fc.record({ kind: fc.constant('clear' as const), release }),
  fc.record({ kind: fc.constant('stop' as const), release, mode: fc.constantFrom(...stopModes), by: word, reason }),
)

test.prop([command])('a command reads back as written', (given) => {
  expect(parseCommand(formatCommand(given))).toEqual(given)
})

test.each<[string, ControlCommand]>([
  ['stop r1 prices wrong', { kind: 'stop', release: 'r1', mode: 'evict', by: 'local-socket', reason: 'prices wrong' }],
  ['  stop  r1  hold  x \r', { kind: 'stop', release: 'r1', mode: 'hold', by: 'local-socket', reason: 'x' }],
  ['stop r1 by=ops@example.com x', { kind: 'stop', release: 'r1', mode: 'evict', by: 'ops@example.com', reason: 'x' }],
  ['stop r1 eject by= x', { kind: 'stop', release: 'r1', mode: 'eject', by: 'local-socket', reason: 'x' }],
])('"%s" is understood', (line, expected) => {
  expect(parseCommand(line)).toEqual(expected)
})

test.each([
  '',
  'stop',
  'stop r1',
  'stop r1 evict',
  'stop r1 evict by=ops@example.com',
  'stop ../etc evict x',
  `stop r1 ${'x'.repeat(501)}`,
  `stop r1 by=${'x'.repeat(201)} x`,
  'clear',
  'clear r1 now',
  'status now',
  'start r1 x',
  'GET / HTTP/1.1',
])('"%s" is no command', (line) => {
  expect(parseCommand(line)).toBeUndefined()
})

test.prop([fc.string({ unit: 'binary' })])('garbage is no command', (line) => {
  const parsed = parseCommand(line)
  expect(parsed === undefined || parsed.kind === 'status').toBe(true)
})
