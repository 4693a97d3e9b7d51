// The ZIP around a spreadsheet: looked over as a whole before a part of it is opened; parts are inflated as they are read. The only importer of yauzl.

import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { DomainError } from '../../../domain/errors.ts'
import { says } from '../../words/words.ts'
import { sheetLimits } from './limits.ts'
import { damaged, otherFormat, tooMuch } from './refuse.ts'

export interface Archive {
  /** Names in small letters, as OPC compares them. */
  has(name: string): boolean
  names(): Iterable<string>
  /**
   * The bytes of one part; to be consumed to its end, where its checksum is compared.
   * @throws DomainError when it is longer than `bytesMax` or not what the directory says
   */
  open(name: string, bytesMax: number): AsyncGenerator<Buffer>
}

/** @throws DomainError when it is no ZIP, or one that two programs could read in two ways */
export const openArchive = async (file: Buffer): Promise<Archive> => {
  if (file.subarray(0, compound.length).equals(compound)) throw otherFormat(says('other-xls'))
  if (!file.subarray(0, localHeader.length).equals(localHeader)) throw damaged(says('damage-head'))
  const zip = await fromBufferPromise(file).catch(error => {
    throw damaged(says('damage-arrival'), error)
  })
  if (zip.entryCount > sheetLimits.partsMax) throw tooMuch(says('much-parts', { max: sheetLimits.partsMax }))
  const entries = await entriesOf(zip)
  return {
    has: name => entries.has(name),
    names: () => entries.keys(),
    open: (name, bytesMax) => inflate(zip, entries.get(name), bytesMax)
  }
}

/** Around old formats, and around new ones that have a password. */
const compound = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const localHeader = Buffer.from('PK\u0003\u0004', 'latin1')

const stored = 0
const deflated = 8

const entriesOf = async (zip: ZipFile): Promise<Map<string, Entry>> => {
  const entries = new Map<string, Entry>()
  const extents: { from: number; to: number }[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.toLowerCase()
      if (entries.has(name)) throw damaged(says('damage-part-twice'))
      if (entry.isEncrypted()) throw otherFormat(says('other-password'))
      if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) throw damaged(says('damage-compression'))
      if (entry.uncompressedSize > sheetLimits.ratioFreeBytes && entry.uncompressedSize > entry.compressedSize * sheetLimits.ratioMax)
        throw tooMuch(says('much-growth', { max: sheetLimits.ratioMax }))
      extents.push(await extentOf(zip, entry))
      if (!name.endsWith('/')) entries.set(name, entry)
    }
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw damaged(says('damage-directory'), error)
  }
  extents.sort((a, b) => a.from - b.from)
  if (extents.some(({ from }, place) => from < (extents[place - 1]?.to ?? 0))) throw damaged(says('damage-overlap'))
  return entries
}

const sizesBehind = 0x08
const inZip64 = 0xffffffff

/** Where a part lies. Both headers of a part must say the same of it, where the first says something. */
const extentOf = async (zip: ZipFile, entry: Entry): Promise<{ from: number; to: number }> => {
  const local = await zip.readLocalFileHeaderPromise(entry)
  const agrees = (here: number, there: number) => here === there || here === inZip64
  const isSame =
    local.fileName.equals(entry.fileNameRaw) &&
    local.compressionMethod === entry.compressionMethod &&
    ((local.generalPurposeBitFlag & sizesBehind) !== 0 ||
      (agrees(local.compressedSize, entry.compressedSize) &&
        agrees(local.uncompressedSize, entry.uncompressedSize) &&
        local.crc32 === entry.crc32))
  if (!isSame) throw damaged(says('damage-contradiction'))
  return { from: entry.relativeOffsetOfLocalHeader, to: local.fileDataStart + entry.compressedSize }
}

async function* inflate(zip: ZipFile, entry: Entry | undefined, bytesMax: number): AsyncGenerator<Buffer> {
  if (entry === undefined) throw damaged(says('damage-part-missing'))
  if (entry.uncompressedSize > bytesMax) throw tooMuch(says('much-part', { mib: bytesMax / 1024 / 1024 }))
  let sum = 0
  try {
    // It ends with an error as soon as there are more bytes than the directory says, or fewer.
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      sum = crc32(chunk as Buffer, sum)
      yield chunk as Buffer
    }
  } catch (error) {
    throw damaged(says('damage-part-closed'), error)
  }
  if (sum !== entry.crc32) throw damaged(says('damage-checksum'))
}
