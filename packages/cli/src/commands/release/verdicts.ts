import { changedCriteria } from '@headgate/core/gate'
import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, integerOption } from '../../input.ts'
import { changeLines } from '../../view/backtest-lines.ts'
import { timeOfDay } from '../../view/figures.ts'
import { paint } from '../../view/line.ts'

/** `headgate release verdicts R`: each change of what the gate said, oldest first, and what shadows would have done. */
export const releaseVerdicts: Command = async (input, { connect, io }) => {
  const page = { limit: integerOption(input, 'limit') ?? 100 }
  const newestFirst = await (await connect(input)).releases.verdicts(argument(input, 0), page)
  const verdicts = newestFirst.toReversed()
  if (io.json) {
    io.out(JSON.stringify({ verdicts }))
    return exitCodes.done
  }
  if (verdicts.length === 0) io.out('No verdict yet.')
  const stopped = new Set<string>()
  for (const [index, verdict] of verdicts.entries()) {
    const criteria = changedCriteria(verdicts[index - 1], verdict)
    for (const line of changeLines({ verdict, criteria }, io.terminal.width()))
      io.out(paint(line, io.terminal.hasColour))
    for (const { criterion, shadow, kind } of criteria) {
      if (!shadow || kind !== 'fail' || stopped.has(criterion)) continue
      stopped.add(criterion)
      io.out(`The shadow ${criterion} would have stopped the release at ${timeOfDay(verdict.at)}.`)
    }
  }
  return exitCodes.done
}
