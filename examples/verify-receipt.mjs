#!/usr/bin/env node
// Checks a receipt of GET /v1/sets/{jti}/receipt without the gateway: node verify-receipt.mjs RECEIPT SET LOG-KEY
// RECEIPT: the file as it came (c2sp.org/tlog-proof). SET: a file with the token as you pushed it. LOG-KEY: the verifierKey of GET /v1/log/keys, kept from
// when you had no reason to doubt it. Needs Node 20 and verify-evidence.mjs beside it; no network, and none of the gateway's code.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { bytes, included, openNote, readKey, sha256 } from './verify-evidence.mjs'

/** @returns what the receipt proves, in words. @throws Error that says what is wrong */
export const verifyReceipt = (receipt, set, logKey) => {
  const split = receipt.indexOf('\n\n')
  const head = /^c2sp\.org\/tlog-proof@v1\nextra (\S+)\nindex (\d{1,15})((?:\n\S+)*)$/.exec(receipt.slice(0, split))
  if (head === null) throw new Error('the receipt is not what the gateway gives')
  const [, extra, index, hashes] = head
  const { leaf, salt } = JSON.parse(bytes(extra, 'its extra line'))
  const [origin, size, root] = openNote(receipt.slice(split + 2), [readKey(logKey)]).split('\n')
  const proof = hashes.split('\n').slice(1)
  const steps = proof.map(hash => bytes(hash, 'a hash'))
  const said = JSON.parse(leaf)
  if (said.seq !== Number(index) || !included(leaf, index, steps, { size, root: bytes(root, 'the root') }))
    throw new Error('its line is not in the log: the line or the way to it was altered')
  if (salt === undefined) throw new Error('it was fetched after the worker was erased: which SET its line is about can no longer be shown')
  if (sha256(bytes(salt, 'its salt', 'base64url'), set.trim()).toString('base64url') !== said.c)
    throw new Error('it is the receipt of another SET, or the SET was altered')
  return `the SET that ${said.iss} told is in the log ${origin} since ${said.ts}, as line ${said.seq} of ${size}: ${said.kind}`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , receipt, set, logKey] = process.argv
  try {
    if (logKey === undefined) throw new Error('node verify-receipt.mjs RECEIPT SET LOG-KEY')
    if (!/^[^+]+\+[0-9a-f]{8}\+\S+$/.test(logKey)) throw new Error('LOG-KEY is not a verifierKey of GET /v1/log/keys: name+id+base64')
    console.log(`holds: ${verifyReceipt(readFileSync(receipt, 'utf8'), readFileSync(set, 'utf8'), logKey)}`.replace(/\p{Cc}/gu, '?'))
  } catch (error) {
    console.error(`WRONG: ${error.message}`.replace(/\p{Cc}/gu, '?'))
    process.exitCode = 1
  }
}
