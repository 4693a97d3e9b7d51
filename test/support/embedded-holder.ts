// A process that uses an embedded server until it is killed: `node embedded-holder.ts <folder>`, one JSON line when it is in.
import { startEmbedded } from '../../src/store/embedded.ts'

const { url, adopted } = await startEmbedded({ directory: process.argv[2] as string, durable: false })
process.stdout.write(`${JSON.stringify({ url, adopted })}\n`)
