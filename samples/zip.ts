// Writes a ZIP, uncompressed unless it is told otherwise, so that its bytes are the same on every machine.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  name: string
  content: string | Uint8Array
  isDeflated?: boolean
  /** What the header before the part, and the directory at the end, shall say instead of the truth: tests make broken files by it. */
  local?: Partial<PartHeader>
  directory?: Partial<PartHeader & { offset: number }>
}

interface PartHeader {
  name: string
  flags: number
  method: number
  checksum: number
  packedBytes: number
  bytes: number
}

export const zip = (parts: readonly ZipPart[], directoryEnd: { entries?: number } = {}): Buffer<ArrayBuffer> => {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const part of parts) {
    const content = Buffer.from(part.content as string)
    const packed = part.isDeflated ? deflateRawSync(content) : content
    const truth = {
      name: part.name,
      flags: 0x0800,
      method: part.isDeflated ? 8 : 0,
      checksum: crc32(content),
      packedBytes: packed.length,
      bytes: content.length
    }
    const local = localHeader({ ...truth, ...part.local })
    directory.push(directoryHeader({ ...truth, offset, ...part.directory }))
    pieces.push(local, packed)
    offset += local.length + packed.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(directoryEnd.entries ?? parts.length, 8)
  end.writeUInt16LE(directoryEnd.entries ?? parts.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...pieces, entries, end])
}

const version = 20
/** 1 January 1980, the first day a ZIP can say. */
const firstDate = 0x21

const localHeader = ({ name, flags, method, checksum, packedBytes, bytes }: PartHeader): Buffer => {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(version, 4)
  writeCommon(head.subarray(6), { flags, method, checksum, packedBytes, bytes, nameBytes: Buffer.byteLength(name) })
  return Buffer.concat([head, Buffer.from(name)])
}

const directoryHeader = ({ name, flags, method, checksum, packedBytes, bytes, offset }: PartHeader & { offset: number }): Buffer => {
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(version, 4)
  head.writeUInt16LE(version, 6)
  writeCommon(head.subarray(8), { flags, method, checksum, packedBytes, bytes, nameBytes: Buffer.byteLength(name) })
  head.writeUInt32LE(offset, 42)
  return Buffer.concat([head, Buffer.from(name)])
}

/** What both headers hold, in the same order. */
const writeCommon = (head: Buffer, common: Omit<PartHeader, 'name'> & { nameBytes: number }): void => {
  head.writeUInt16LE(common.flags, 0)
  head.writeUInt16LE(common.method, 2)
  head.writeUInt16LE(firstDate, 6)
  head.writeUInt32LE(common.checksum, 8)
  head.writeUInt32LE(common.packedBytes, 12)
  head.writeUInt32LE(common.bytes, 16)
  head.writeUInt16LE(common.nameBytes, 20)
}
