// A process with a life of its own, for tests that signal it: its argument says what it opens and how that closes.
import { setTimeout as delay } from 'node:timers/promises'
import { openLog } from '../../src/roles/log.ts'
import { beginLife } from '../../src/roles/process.ts'

interface Part {
  name: string
  closeMs: number
  throws?: boolean
}

const { parts, drainMs, after } = JSON.parse(process.argv[2] ?? '{}') as {
  parts: Part[]
  drainMs: number
  after: 'wait' | 'throw' | 'reject' | 'stop' | 'late'
}
const say = (text: string) => process.stdout.write(`${text}\n`)
const life = beginLife({ ...openLog({ level: 'info', role: 'test' }), drainMs })

for (const { name, closeMs, throws } of parts) {
  life.keep(name, async () => {
    say(`closing ${name}`)
    await delay(closeMs)
    if (throws) throw new Error('Fatima AB1234567')
    say(`closed ${name}`)
  })
}
const hold = setInterval(() => {}, 1_000)
life.stopping.addEventListener('abort', () => {
  clearInterval(hold)
  if (after === 'late') life.keep('late', async () => say('closed late'))
})
say('ready')
if (after === 'throw')
  setTimeout(() => {
    throw new Error('Fatima AB1234567')
  }, 10)
if (after === 'reject') void Promise.reject(new Error('Fatima AB1234567'))
if (after === 'stop') {
  const [first, second] = await Promise.all([life.stop('done'), life.stop('again')])
  say(`codes ${first} ${second}`)
}
