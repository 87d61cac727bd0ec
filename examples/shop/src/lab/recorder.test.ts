import { describe, expect, test } from 'vitest'
import { createRecorder } from './recorder.ts'
import { aView, viewAt } from './testing/records.ts'

const open = new AbortController().signal

describe('waiting for a state of the release', () => {
  test('ends at once when it is there already', async () => {
    const recorder = createRecorder()
    recorder.add(viewAt(1, aView({ phase: 'live' })))
    expect((await recorder.until('live', (view) => view.phase === 'live', open)).phase).toBe('live')
  })

  test('ends with the first view that is so, later ones do not matter', async () => {
    const recorder = createRecorder()
    const waiting = recorder.until('the second stage', (view) => view.stage === 1, open)
    recorder.add(viewAt(1, aView({ stage: 0 })))
    recorder.add(viewAt(2, aView({ stage: 1, revision: 8 })))
    recorder.add(viewAt(3, aView({ stage: 1, revision: 9 })))
    expect((await waiting).revision).toBe(8)
  })

  test('that never comes says what was waited for, and what the release is instead', async () => {
    const recorder = createRecorder()
    recorder.add(viewAt(1, aView()))
    const limit = new AbortController()
    const waiting = recorder.until('the release to be live', (view) => view.phase === 'live', limit.signal)
    limit.abort()
    await expect(waiting).rejects.toThrow('waited for the release to be live; the release is ramping at half (passed)')
  })
})
