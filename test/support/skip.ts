// For tests that need a program of the system: run where it is, visibly skipped where it is not, failed in CI.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { skipMark } from './closing-reporter.ts'

/**
 * True when the program is on the PATH; for `describe.skipIf(!needs('xmlsec1'))`.
 * Otherwise says on the terminal what is skipped and how to get it, once per test file; where CI=true it throws, for a skip there is a failure.
 */
export const needs = (program: string, packageName: string = program): boolean => {
  if (isInstalled(program)) return true
  const text = `This file needs the program ${program}, which is not installed (Debian: apt-get install ${packageName}).`
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
