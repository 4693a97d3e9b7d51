// For tests that need a program of the system: run where it is, visibly skipped where it is not, failed in CI.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { skipMark } from './closing-reporter.ts'

/**
 * True when the program is on the PATH; for `describe.skipIf(!needs('xmlsec1'))`.
 * Otherwise says on the terminal what is skipped and how to get it, once per test file; where CI=true it throws, for a skip there is a failure.
 */
export const needs = (program: string, packageName: string = program): boolean =>
  isInstalled(program) || missing(`the program ${program}`, packageName)

/** The same for modules of Debian's Python. */
export const needsPython = (...modules: readonly string[]): boolean =>
  modules.every(name => {
    if (spawnSync('/usr/bin/python3', ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0) return true
    return missing(`the Python module ${name}`, `python3-${name}`)
  })

const missing = (what: string, packageName: string): false => {
  const text = `This file needs ${what}, which is not installed (Debian: apt-get install ${packageName}).`
  if (process.env.CI === 'true') throw new Error(`${text} In CI every test runs.`)
  // Through the console, which the closing lines of the run are gathered from.
  console.warn(`${skipMark}${text}`)
  return false
}

const isInstalled = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
