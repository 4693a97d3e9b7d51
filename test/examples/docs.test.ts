// The pages for integrators copy from the example scripts: what they show is what the tests run.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const folder = 'docs/integrating'
const scripts = readdirSync('examples', { withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(({ name }) => readFileSync(`examples/${name}`, 'utf8'))
const pages = ['origin-agency.md', 'spanish-administration.md']

/** What the operator types: `operator.test.ts` runs it. */
const isOperators = (block: string) => /^jisr [a-z]+ [a-z]+ /m.test(block)

/** Commands that a reader types herself: drawing a key, or running an example with her own settings. */
const isOwnCommand = (block: string) =>
  isOperators(block) || /^jose jwk gen/.test(block) || /^GW=https:\/\/gateway\.example [^|;&]* examples\/[a-z-]+\.sh$/s.test(block)

describe.each(pages)('%s', page => {
  const text = readFileSync(`${folder}/${page}`, 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)\n```$/gms)].map(match => match[1] as string)

  test('has code blocks, each of them lines of an example script or a command to run one', () => {
    expect(blocks.length).toBeGreaterThan(3)
    const strange = blocks.filter(block => !isOwnCommand(block) && !scripts.some(script => script.includes(`${block}\n`)))
    expect(strange).toEqual([])
  })

  test('names in its commands every variable that the script demands', () => {
    for (const block of blocks.filter(isOwnCommand)) {
      const name = /examples\/([a-z-]+\.sh)$/.exec(block)?.[1]
      if (name === undefined) continue
      const script = readFileSync(`examples/${name}`, 'utf8')
      const whole = script.includes('/client.sh"') ? `${script}${readFileSync('examples/client.sh', 'utf8')}` : script
      const demanded = [...whole.matchAll(/\$\{([A-Z_]+):\?/g)].map(match => match[1] as string)
      const given = [...block.matchAll(/\b([A-Z_]+)=/g)].map(match => match[1] as string)
      expect([name, demanded.filter(variable => !given.includes(variable))]).toEqual([name, []])
      expect([name, given.filter(variable => !whole.includes(variable))]).toEqual([name, []])
    }
  })

  test('leads to files that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(match => match[1] as string)
    expect(links.length).toBeGreaterThan(2)
    for (const link of links.filter(link => !link.startsWith('https:')))
      expect([link, existsSync(`${folder}/${link}`)]).toEqual([link, true])
  })
})
