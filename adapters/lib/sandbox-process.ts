// Runs a partner double as a process of its own: node adapters/<name>/sandbox.ts <options.json>
import { readFile } from 'node:fs/promises'
import type { Sandbox, SandboxOptions } from '../contract.ts'
import { answered } from './sandbox.ts'

/** Starts the double with the `SandboxOptions` in the file named on the command line, prints {"url"} on one line, and stops on SIGTERM or SIGINT, or
 *  when the process that started it with a channel to it (`fork`) is gone. */
export const runSandbox = async (startSandbox: (options: SandboxOptions) => Promise<Sandbox>) => {
  const path = process.argv[2]
  if (path === undefined)
    throw new Error('Name the file with the options: {"port":0,"directory":"…","gateway":"http://…","speed":1,"settings":{…}}')
  const sandbox = await startSandbox(JSON.parse(await readFile(path, 'utf8')) as SandboxOptions)
  process.stdout.write(`${JSON.stringify({ url: sandbox.url })}\n`)
  // One wide line for each answer, for whoever started this process.
  answered.subscribe(line => process.stdout.write(`${JSON.stringify(line)}\n`))
  const stop = () => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1)
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.once('disconnect', stop)
}
