import type { OperatingModel } from '../operating-model.ts'
import { finding, type Finding } from './finding.ts'

/** What shoppers' browsers say they are; a bot's name must not be a part of it. */
const browsers = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
] as const

/** An identity takes its requests out of evidence, so it must not take out shoppers. */
export function lintIdentities({ identities = {} }: OperatingModel): Finding[] {
  return Object.entries(identities).flatMap(([id, identity]) => {
    if (identity.kind !== 'bot') return []
    return identity.userAgents.flatMap((text, index) => {
      if (!browsers.some((browser) => browser.includes(text))) return []
      const message = `identity "${id}" takes out every user agent with "${text}", which browsers of shoppers have too: their evidence would be lost; name what only the bot says, such as "Googlebot/"`
      return [finding('identity-matches-shoppers', `/identities/${id}/userAgents/${index}`, message)]
    })
  })
}
