import { expect, test } from 'vitest'
import { robotsText } from '../web/crawl-files.ts'
import { parseRobots } from './robots.ts'

test('the crawler stays away from what belongs to one shopper', () => {
  const robots = parseRobots(robotsText('http://shop.example'))
  expect(['/', '/c/bath', '/p/oak-lamp'].every((path) => robots.allows(path))).toBe(true)
  expect(
    ['/cart', '/cart/add', '/checkout/start/card', '/account', '/search?q=oak'].some((path) => robots.allows(path)),
  ).toBe(false)
})

test('the longest rule wins, rules for other agents do not count, comments and blank rules are ignored', () => {
  const robots = parseRobots(
    'User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /a # not this\nAllow: /a/b\nDisallow:\n',
  )
  expect(robots.allows('/a/c')).toBe(false)
  expect(robots.allows('/a/b/c')).toBe(true)
  expect(robots.allows('/z')).toBe(true)
})

test('a group may name several agents', () => {
  const robots = parseRobots('User-agent: *\nUser-agent: other\nDisallow: /x\nUser-agent: third\nDisallow: /y')
  expect(robots.allows('/x')).toBe(false)
  expect(robots.allows('/y')).toBe(true)
})
