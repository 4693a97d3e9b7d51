// The XML of a spreadsheet's parts, walked as it is inflated; no tree is built. The only importer of saxes.

import { SaxesParser } from 'saxes'
import { DomainError } from '../../../domain/errors.ts'
import { says } from '../../words/words.ts'
import { sheetLimits } from './limits.ts'
import { damaged, unclear } from './refuse.ts'

export type Attributes = Readonly<Record<string, string>>

/** What is looked at in an element. Its children that are not named are passed over with all they hold. */
export interface Shape {
  readonly children?: Readonly<Record<string, Shape>>
  /** A child that is not named may mean something: then the file is turned down. */
  readonly isClosed?: true
  readonly open?: (attributes: Attributes) => void
  /** May come in pieces. */
  readonly text?: (text: string) => void
  readonly close?: () => void
}

/**
 * Walks one part. Names are compared without prefix, in the namespace of the root, which must be one of `namespaces`.
 * @param isDone asked between pieces: the rest is not looked at then
 * @throws DomainError for what is not well-formed, not UTF-8, has a DOCTYPE, or is nested too deep
 */
export const walk = async (
  chunks: AsyncIterable<Uint8Array>,
  namespaces: readonly string[],
  root: Record<string, Shape>,
  isDone: () => boolean = () => false
): Promise<void> => {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const walker = walkerOf(namespaces, root)
  let silentChars = 0
  const heard =
    <Arguments extends unknown[]>(told: (...given: Arguments) => void) =>
    (...given: Arguments) => {
      silentChars = 0
      told(...given)
    }
  parser.on('opentag', heard(walker.open))
  parser.on('closetag', heard(walker.close))
  parser.on('text', heard(walker.text))
  parser.on('cdata', heard(walker.text))
  parser.on('error', error => {
    throw damaged(says('damage-xml'), error)
  })
  parser.on('doctype', () => {
    throw unclear(says('sheet-doctype'))
  })
  parser.on('processinginstruction', () => {
    throw unclear(says('sheet-instruction'))
  })
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (encoding.toLowerCase() !== 'utf-8') throw damaged(says('damage-utf8'))
  })
  const write = (text: string) => {
    silentChars += text.length
    parser.write(text)
    if (silentChars > sheetLimits.silentCharsMax) throw damaged(says('damage-endless'))
  }
  try {
    for await (const chunk of chunks) {
      write(utf8.decode(chunk, { stream: true }))
      if (isDone()) return
    }
    write(utf8.decode())
    parser.close()
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw damaged(says('damage-utf8'), error)
  }
}

/** Of what a part can hold once, two programs could each read another one. */
export const onlyOnce = (shape: Shape): Shape => {
  let isSeen = false
  return {
    ...shape,
    open: attributes => {
      if (isSeen) throw damaged(says('damage-twice'))
      isSeen = true
      shape.open?.(attributes)
    }
  }
}

/** Follows where the parser is. `null` stands for an element that is passed over. */
const walkerOf = (namespaces: readonly string[], root: Record<string, Shape>) => {
  const around: (Shape | null)[] = []
  let here: Shape | null = { children: root, isClosed: true }
  let declaration = 'xmlns'
  let prefix = ''
  const enter = (attributes: Attributes) => {
    const own = Object.entries(attributes).find(([name, value]) => /^xmlns(?::|$)/.test(name) && namespaces.includes(value))
    if (own === undefined) throw damaged(says('damage-language'))
    declaration = own[0]
    prefix = declaration === 'xmlns' ? '' : `${declaration.slice('xmlns:'.length)}:`
  }
  const localName = (name: string): string | null => {
    if (prefix === '') return name.includes(':') ? null : name
    return name.startsWith(prefix) ? name.slice(prefix.length) : null
  }
  const childOf = (parent: Shape, name: string, attributes: Attributes): Shape | null => {
    const redeclared = attributes[declaration]
    const local = redeclared === undefined || namespaces.includes(redeclared) ? localName(name) : null
    const child = local !== null && parent.children && Object.hasOwn(parent.children, local) ? parent.children[local] : undefined
    if (child === undefined && parent.isClosed) throw damaged(says('damage-element'))
    return child ?? null
  }
  return {
    open: ({ name, attributes }: { name: string; attributes: Attributes }) => {
      if (around.length === 0) enter(attributes)
      if (around.length >= sheetLimits.depthMax) throw damaged(says('damage-depth', { max: sheetLimits.depthMax }))
      around.push(here)
      here = here === null ? null : childOf(here, name, attributes)
      here?.open?.(attributes)
    },
    text: (text: string) => here?.text?.(text),
    close: () => {
      here?.close?.()
      here = around.pop() ?? null
    }
  }
}
