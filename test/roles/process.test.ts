// How a process ends: in order, in time, and at once when asked twice.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

interface Ended {
  code: number | null
  output: string
  tookMs: number
}

/** Runs the process until it ends; `signals` are sent when it is ready, each this long after the one before. */
function live(settings: object, signals: { signal: NodeJS.Signals; afterMs: number }[] = []): Promise<Ended> {
  const script = fileURLToPath(new URL('../support/life-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify({ parts: [], drainMs: 10_000, after: 'wait', ...settings })], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let readyAt = 0
  let next = 0
  const send = () => {
    const step = signals[next++]
    if (step)
      setTimeout(() => {
        child.kill(step.signal)
        send()
      }, step.afterMs)
  }
  child.stdout.on('data', data => {
    output += data
    if (readyAt === 0 && output.includes('ready')) {
      readyAt = Date.now()
      send()
    }
  })
  child.stderr.on('data', data => {
    output += data
  })
  return new Promise(resolve => child.once('close', code => resolve({ code, output, tookMs: Date.now() - readyAt })))
}

const steps = (output: string) => output.split('\n').filter(line => /^clos/.test(line))

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s closes what was opened, last first, one after the other, and ends with 0',
  async signal => {
    const parts = ['database', 'queue', 'http'].map(name => ({ name, closeMs: 50 }))
    const { code, output } = await live({ parts }, [{ signal, afterMs: 0 }])
    expect(code).toBe(0)
    expect(steps(output)).toEqual(['closing http', 'closed http', 'closing queue', 'closed queue', 'closing database', 'closed database'])
    expect(output).toContain(`"station":"process.stopping","because":"${signal}"`)
    expect(output).toMatch(/"station":"process.stopped","exitCode":0/)
  }
)

test('what hangs is given up when the time is over, the rest is still closed, and the code is 1', async () => {
  const parts = [
    { name: 'database', closeMs: 0 },
    { name: 'hanging', closeMs: 60_000 },
    { name: 'http', closeMs: 10 }
  ]
  const { code, output, tookMs } = await live({ parts, drainMs: 500 }, [{ signal: 'SIGTERM', afterMs: 0 }])
  expect(code).toBe(1)
  expect(steps(output)).toEqual(['closing http', 'closed http', 'closing hanging', 'closing database'])
  expect(output).toContain('"station":"process.close-hanging","error":"Error","code":"ETIMEDOUT"')
  expect(tookMs).toBeLessThan(5_000)
})

test('what throws while closing keeps nothing else open, and its words stay out of the log', async () => {
  const parts = [
    { name: 'database', closeMs: 0 },
    { name: 'broken', closeMs: 0, throws: true }
  ]
  const { code, output } = await live({ parts }, [{ signal: 'SIGTERM', afterMs: 0 }])
  expect(code).toBe(1)
  expect(steps(output)).toContain('closed database')
  expect(output).toContain('process.close-broken')
  expect(output).not.toContain('Fatima')
})

test.each([
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGTERM', 'SIGINT', 130],
  ['SIGINT', 'SIGINT', 130]
] as const)('after %s, %s ends the process at once', async (first, second, expected) => {
  const { code, tookMs } = await live({ parts: [{ name: 'slow', closeMs: 60_000 }], drainMs: 60_000 }, [
    { signal: first, afterMs: 0 },
    { signal: second, afterMs: 1_000 }
  ])
  expect(code).toBe(expected)
  expect(tookMs).toBeLessThan(10_000)
})

test('a signal that comes twice at the same moment, as Ctrl+C under npm does, still closes in order', async () => {
  const { code, output } = await live({ parts: [{ name: 'database', closeMs: 300 }] }, [
    { signal: 'SIGINT', afterMs: 0 },
    { signal: 'SIGINT', afterMs: 50 }
  ])
  expect(code).toBe(0)
  expect(steps(output)).toEqual(['closing database', 'closed database'])
})

test.each([
  ['throw', 'process.uncaught'],
  ['reject', 'process.unhandled']
])('an error that nobody caught (%s) is logged without its words and ends the process with 1', async (then, station) => {
  const { code, output } = await live({ after: then })
  expect(code).toBe(1)
  expect(output).toContain(`"station":"${station}","error":"Error"`)
  expect(output).toContain('life-process.ts')
  expect(output).not.toContain('Fatima')
})

test('stopping by itself closes once, and every caller gets the same code', async () => {
  const { code, output } = await live({ parts: [{ name: 'database', closeMs: 10 }], after: 'stop' })
  expect(code).toBe(0)
  expect(output).toContain('codes 0 0')
  expect(steps(output)).toEqual(['closing database', 'closed database'])
})

test('what is opened while the process is stopping is closed at once', async () => {
  const { code, output } = await live({ parts: [{ name: 'database', closeMs: 200 }], after: 'late' }, [{ signal: 'SIGTERM', afterMs: 0 }])
  expect(code).toBe(0)
  expect(steps(output)).toContain('closed late')
})
