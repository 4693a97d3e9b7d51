// An administration that asks in plain JSON: what the gateway keeps of a question does not depend on SCSP.
import type { Adapter, Answering, Asked, Inquiry, Message } from '../../adapters/contract.ts'
import { writeRows } from '../../adapters/lib/rows.ts'
import { scripted } from './by-hand.ts'

interface Said {
  id: string
  mode: Inquiry['mode'] | 'fetch'
  questions: Omit<Inquiry['questions'][number], 'frame'>[]
}

const requester = 'Q0000000A'
const reply = (status: number, said: object) => ({ status, contentType: 'application/json', body: JSON.stringify(said) })

const answering: Answering = {
  serves: () => true,
  read: async message => {
    const { id, mode, questions } = JSON.parse(message.body) as Said
    if (mode === 'fetch') return { kind: 'retrieval', id, requester, frame: null }
    return {
      ...{ kind: 'inquiry', id, mode, afterSeconds: 60, requester, purpose: 'a test', consent: 'Ley', official: '54362315K', frame: null },
      questions: questions.map(question => ({ ...question, frame: `asked about ${question.identifier.value}` })),
      document: { ...writeRows({ id, mode }, 'questions', questions), around: { before: 'signed by ', after: '' } }
    }
  },
  write: async ({ questions }: Asked, answers) =>
    reply(200, { answers: answers.map(({ id, status }, i) => ({ id, status, frame: questions[i]?.frame })) }),
  acknowledge: async (_inquiry, afterSeconds) => reply(202, { afterSeconds }),
  fail: async ({ code }) => reply(400, { code }),
  codes: { repeated: 'repeated', absent: 'absent', unavailable: 'unavailable' }
}

export const asker = (name: string): Adapter => ({ ...scripted(name, {}), answering })

export const askedMessage = (id: string, mode: Said['mode'], passports: readonly string[] = []): Message => ({
  ...{ id, contentType: 'application/json', headers: { host: 'gateway' } },
  body: writeRows(
    { id, mode },
    'questions',
    passports.map((value, i) => ({
      ...{ id: `q-${i}`, identifier: { scheme: 'PASSPORT', country: 'MAR', value } },
      ...{ employer: 'B21000000', date: '2026-06-01' }
    }))
  ).body
})
