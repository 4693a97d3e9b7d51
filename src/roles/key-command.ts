// A key service behind a command: one request a run, a line to its standard input, a line from its standard output (docs/operations.md).
import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import type { KeyService } from '../flow/wrapping-keys.ts'

const timeoutMs = 20_000
const answerBytesMax = 16_384
const wrappedPattern = /^[\x21-\x7e]{1,8192}$/

/** @throws Error that names the setting and what to do when there is no such command, or it may not be run. */
export const openKeyCommand = async (file: string, setting: string, limits = { timeoutMs }): Promise<KeyService> => {
  const name = `${setting} (${file})`
  try {
    await access(file, constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'is not there' : code === 'EACCES' ? 'may not be run by this process: chmod +x, or its folder' : String(code)
    throw new Error(`${name} ${why}. It is the path of a program, without arguments.`, { cause: error })
  }
  const ask = (verb: 'wrap' | 'unwrap', value: string) => run(file, name, `${verb} ${value}\n`, limits.timeoutMs)
  return {
    name,
    wrap: async bytes => {
      const wrapped = await ask('wrap', bytes.toString('base64'))
      if (!wrappedPattern.test(wrapped)) throw new Error(`${name} answered wrap with something else than one printable line without blanks`)
      return wrapped
    },
    unwrap: async wrapped => Buffer.from(await ask('unwrap', wrapped), 'base64')
  }
}

/** Its answer, without the line's end. What it wrote to standard error is told, without what it was asked: that may be a key. */
const run = (file: string, name: string, request: string, waitMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const verb = request.slice(0, request.indexOf(' '))
    // A group of its own, so that what the command started ends with it.
    const child = spawn(file, [], { stdio: 'pipe', detached: true })
    const said = { out: '', err: '' }
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    const fail = (why: string) => {
      clearTimeout(timer)
      end()
      const words = said.err
        .replaceAll(request.trim().slice(verb.length + 1), '…')
        .trim()
        .slice(0, 300)
      reject(new Error(`${name} ${why} when it was to ${verb} a key${words === '' ? '' : `: ${words}`}`))
    }
    const timer = setTimeout(() => fail(`gave no answer within ${waitMs / 1_000} s`), waitMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
      if (said.out.length > answerBytesMax) fail(`answered more than ${answerBytesMax} bytes`)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err = `${said.err}${text}`.slice(0, answerBytesMax)
    })
    // A command that ends without reading its input is judged by how it ends.
    child.stdin.on('error', () => {})
    child.on('error', error => fail(`cannot be run (${(error as NodeJS.ErrnoException).code})`))
    child.on('close', (code, signal) => {
      if (code !== 0) return fail(`ended with ${code ?? signal}`)
      const lines = said.out.trimEnd().split('\n')
      if (lines.length !== 1 || lines[0] === '') return fail('gave no answer, or more than one line')
      clearTimeout(timer)
      resolve(lines[0] as string)
    })
    child.stdin.end(request)
  })
