import { HeadgateError } from '@headgate/core/model'

export interface SilenceLimit {
  readonly signal: AbortSignal
  heard(): void
  end(): void
}

/** Gives an answer that comes in pieces up once nothing has come for `ms`. */
export function silenceLimit(ms: number): SilenceLimit {
  const controller = new AbortController()
  const give = (): void =>
    controller.abort(new HeadgateError('UNAVAILABLE', `nothing was heard for ${Math.round(ms / 1_000)} s`))
  let timer = setTimeout(give, ms)
  return {
    signal: controller.signal,
    heard() {
      clearTimeout(timer)
      timer = setTimeout(give, ms)
    },
    end() {
      clearTimeout(timer)
    },
  }
}
