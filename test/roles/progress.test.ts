// Progress is for people at a terminal: bars there, few lines elsewhere, silence for machines.
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { openProgress } from '../../src/roles/progress.ts'

const recorder = (isTTY: boolean) => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 30 })
  let written = ''
  stream.on('data', chunk => {
    written += chunk
  })
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written }
}

describe('progress outside a terminal', () => {
  it('writes a line for a stage at most every two seconds, and always its end', () => {
    let time = 0
    const { stream, written } = recorder(false)
    const progress = openProgress({ stream, isSilent: false, now: () => time })
    const stage = progress.stage('pushed', 10)
    for (let done = 1; done <= 10; done++) {
      stage.reach(done)
      time += 500
    }
    expect(written().trimEnd().split('\n')).toEqual(['pushed: 1 of 10', 'pushed: 5 of 10', 'pushed: 9 of 10', 'pushed: 10 of 10'])
  })

  it('never goes back and never beyond the total', () => {
    const { stream, written } = recorder(false)
    const stage = openProgress({ stream, isSilent: false, plainEveryMs: 0 }).stage('visas', 5)
    for (const done of [3, 2, 9, 9]) stage.reach(done)
    expect(written()).toBe('visas: 3 of 5\nvisas: 5 of 5\n')
  })

  it('follows a total that changes, and is quiet after the end', () => {
    const { stream, written } = recorder(false)
    const progress = openProgress({ stream, isSilent: false, plainEveryMs: 0 })
    const stage = progress.stage('visas', 5)
    stage.expect(8)
    stage.reach(8)
    progress.stop()
    stage.reach(9)
    progress.say('late')
    expect(written()).toBe('visas: 8 of 8\n')
  })
})

describe('progress in a terminal', () => {
  it('draws one bar for each stage and says lines above them', async () => {
    const { stream, written } = recorder(true)
    const progress = openProgress({ stream, isSilent: false })
    const stage = progress.stage('pushed by the agencies', 200)
    progress.stage('requested', 100).reach(40)
    stage.reach(200)
    progress.say('the gateway is up')
    progress.stop()
    progress.stop()
    expect(written()).toContain('pushed by the agencies')
    expect(written()).toContain('200/200')
    expect(written()).toContain('40/100')
    expect(written()).toContain('the gateway is up')
  })
})

describe('silent progress', () => {
  it('writes nothing, in a terminal or not', () => {
    for (const isTTY of [true, false]) {
      const { stream, written } = recorder(isTTY)
      const progress = openProgress({ stream, isSilent: true })
      progress.stage('pushed', 1).reach(1)
      progress.say('hello')
      progress.stop()
      expect(written()).toBe('')
    }
  })
})
