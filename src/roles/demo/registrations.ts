// The demo's registrations by file: an agency sends what stands in its spreadsheet, three bad rows among it (edge case 21).
import { setTimeout as pause } from 'node:timers/promises'
import { type Campaign, generateCampaign } from '../../../samples/campaign.ts'
import { registrationFile, toCsv } from '../../../samples/registration-file.ts'
import { sql } from '../../store/database.ts'
import type { House } from '../house.ts'
import type { DemoState } from './state.ts'

export interface SentFile {
  /** The agency's client id. */
  client: string
  rows: number
  accepted: number
  refused: number
  repeated: number
}

const retryMs = 500

/**
 * Sends the file until the gateway has answered for all of it: whatever was taken before a crash comes back as repeated.
 * @param send posts a CSV file for a client; @returns null when the campaign registers nobody by file
 * @throws Error when the gateway refuses the file as a whole
 */
export const sendRegistrations = async (
  campaign: Campaign,
  send: (client: string, csv: string) => Promise<{ status: number; body: string }>,
  signal: AbortSignal
): Promise<SentFile | null> => {
  const file = registrationFile(campaign)
  if (file === null) return null
  const client = file.client.toLowerCase()
  const csv = toCsv(file.rows)
  for (;;) {
    signal.throwIfAborted()
    const answer = await send(client, csv).catch(() => null)
    if (answer?.status === 202) {
      const { accepted, refused, repeated } = JSON.parse(answer.body) as SentFile
      return { client, rows: file.rows.length, accepted, refused, repeated }
    }
    const isFinal = answer !== null && answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status)
    if (isFinal) throw new Error(`the file of registrations was refused: ${answer.status} ${answer.body.slice(0, 300)}`)
    await pause(retryMs, undefined, { signal })
  }
}

/** In rows, as other cases are told in workers. */
export interface FileCheck {
  expected: string[]
  workers: number
  asExpected: number
  otherwise: string[]
}

/** Case 21: every good row of the file is in, and exactly the bad ones are named. Null where the campaign has no file. */
export const checkRegistrationFile = async (house: House, state: DemoState): Promise<FileCheck | null> => {
  const file = registrationFile(generateCampaign({ ...state.options, campaignStart: state.campaignStart }))
  if (file === null) return null
  const rows = await house.database.query<{ row: number; status: string; pointer: string | null }>(sql`
    select r.row, r.status, r.pointer from import_row r
    where r.import_id = (select id from import where client_id = ${file.client.toLowerCase()} and state = 'finished' order by created_at desc limit 1)`)
  const found = new Map(rows.map(row => [row.row, row]))
  const bad = new Map(file.bad.map(({ place, column }) => [place, column]))
  const otherwise = file.rows.flatMap((_, place) => {
    const row = found.get(place + 1)
    const column = bad.get(place)
    const isRight = column === undefined ? row?.status === 'accepted' || row?.status === 'repeated' : row?.pointer === `/${column}`
    return isRight ? [] : [`row ${place + 1} is ${row === undefined ? 'missing' : row.status}`]
  })
  const expected = ['a file of registrations: its good rows are in, and each bad one is named by row and column']
  return { expected, workers: file.rows.length, asExpected: file.rows.length - otherwise.length, otherwise: otherwise.slice(0, 10) }
}
