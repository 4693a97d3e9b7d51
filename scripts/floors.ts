// The floors of the house: who may import whom. Reads the sources and tells every line that reaches where it must not.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

export interface Violation {
  file: string
  line: number
  rule: string
}

/** A source, by its path from the root of the repository with forward slashes. */
export interface Source {
  file: string
  text: string
}

interface Import {
  /** A path from the root for our own files, otherwise the package or built-in module, without what follows its name. */
  to: string
  isOurs: boolean
  line: number
}

/** Every violation in `sources`, in the order given. */
export const findViolations = (sources: readonly Source[]): Violation[] =>
  sources.flatMap(source => {
    const tree = ts.createSourceFile(source.file, source.text, ts.ScriptTarget.Latest, true)
    const imports = importsOf(tree)
    return [
      ...imports.flatMap(one => rulesBrokenBy(source.file, one).map(rule => ({ file: source.file, line: one.line, rule }))),
      ...forbiddenWords(tree)
    ]
  })

/** The sources of the floors: everything under schemas, adapters and src. */
export const floorSources = (root: string): Source[] =>
  ['schemas', 'adapters', 'src'].flatMap(folder =>
    (readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
      .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map(name => `${folder}/${name.replaceAll(path.sep, '/')}`)
      .toSorted()
      .map(file => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))
  )

const base = ['schemas/', 'src/domain/', 'adapters/contract.ts']

/** What a file may import of ours, by the longest prefix that fits it; `null` is anything. */
const allowed: readonly { of: string; mayImport: readonly string[] | null; because: string }[] = [
  { of: 'schemas/', mayImport: ['schemas/'], because: 'schemas import zod and each other only' },
  { of: 'src/domain/', mayImport: ['schemas/', 'src/domain/'], because: 'the domain imports schemas only' },
  { of: 'adapters/contract.ts', mayImport: ['schemas/'], because: 'the door imports schemas only' },
  { of: 'adapters/index.ts', mayImport: ['adapters/'], because: 'the list of adapters imports adapters only' },
  {
    of: 'adapters/lib/',
    mayImport: ['adapters/contract.ts', 'adapters/lib/', 'schemas/'],
    because: 'adapters/lib imports the door and schemas only'
  },
  { of: 'src/store/', mayImport: [...base, 'src/store/'], because: 'the store imports floors 0 and 1 only, never trust or queue' },
  { of: 'src/trust/', mayImport: [...base, 'src/trust/'], because: 'trust imports floors 0 and 1 only, never store or queue' },
  { of: 'src/queue/', mayImport: [...base, 'src/queue/'], because: 'the queue imports floors 0 and 1 only, never store or trust' },
  {
    of: 'src/flow/',
    mayImport: [...base, 'src/store/', 'src/trust/', 'src/flow/'],
    because: 'flow imports domain, store and trust; adapters and queue arrive as arguments'
  },
  {
    of: 'src/http/',
    mayImport: [...base, 'src/store/', 'src/trust/', 'src/flow/', 'src/http/'],
    because: 'http imports flow, store, trust and below'
  },
  {
    of: 'src/console/',
    mayImport: [...base, 'src/store/', 'src/trust/', 'src/flow/', 'src/console/'],
    because: 'the console imports flow, store, trust and below'
  },
  { of: 'src/roles/', mayImport: null, because: '' },
  { of: 'src/main.ts', mayImport: null, because: '' },
  { of: 'src/config.ts', mayImport: null, because: '' }
]

/** Packages that only some files may import. */
const soleImporters: readonly { of: RegExp; only: string }[] = [
  { of: /^jose$/, only: 'src/trust/' },
  { of: /^bullmq$/, only: 'src/queue/' },
  { of: /^xml2js$/, only: 'adapters/lib/xml.ts' },
  { of: /^yauzl$/, only: 'src/flow/import/sheet/archive.ts' },
  { of: /^saxes$/, only: 'src/flow/import/sheet/markup.ts' }
]

const wayToTheNetwork = /^(?:node:)?(?:http|https|http2|net|tls|dgram)$|^undici$/

const rulesBrokenBy = (file: string, { to, isOurs }: Import): string[] => {
  const broken: string[] = []
  if (isOurs) {
    const floor = floorOf(file)
    if (floor === null) broken.push(`${file} stands on no floor: give its folder one in scripts/floors.ts`)
    else if (floor.mayImport !== null && !floor.mayImport.some(prefix => to.startsWith(prefix)))
      broken.push(`${floor.because} (imports ${to})`)
    if (isAdapterCode(file) && isDouble(to)) broken.push(`a partner's double is no part of its adapter (imports ${to})`)
    return broken
  }
  if (file.startsWith('schemas/') && to !== 'zod') broken.push(`schemas import zod and each other only (imports ${to})`)
  for (const { of, only } of soleImporters) if (of.test(to) && !file.startsWith(only)) broken.push(`only ${only} imports ${to}`)
  if (isAdapterCode(file) && wayToTheNetwork.test(to))
    broken.push(`an adapter reaches the network through its context alone (imports ${to})`)
  return broken
}

/** A folder of `adapters` other than `lib` may import itself. */
const floorOf = (file: string) => {
  const found = allowed.filter(({ of }) => file.startsWith(of)).toSorted((a, b) => b.of.length - a.of.length)[0]
  if (found !== undefined) return found
  const adapter = /^adapters\/[^/]+\//.exec(file)?.[0]
  if (adapter === undefined) return null
  return {
    of: adapter,
    mayImport: ['adapters/contract.ts', 'adapters/lib/', 'schemas/', adapter],
    because: 'an adapter imports the door, adapters/lib and schemas only: never src, never a sibling'
  }
}

const isDouble = (file: string) => file.startsWith('adapters/') && path.posix.basename(file).startsWith('sandbox')
const isAdapterCode = (file: string) => file.startsWith('adapters/') && !isDouble(file)

const importsOf = (tree: ts.SourceFile): Import[] => {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const target = targetOf(node)
    if (target !== undefined && ts.isStringLiteralLike(target)) {
      const isOurs = target.text.startsWith('.')
      const to = isOurs ? path.posix.join(path.posix.dirname(tree.fileName), target.text) : packageOf(target.text)
      found.push({ to, isOurs, line: lineOf(tree, target) })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** import … from, export … from, import(…), typeof import(…), require(…). */
const targetOf = (node: ts.Node): ts.Node | undefined => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (!ts.isCallExpression(node)) return undefined
  const isLoading =
    node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require')
  return isLoading ? node.arguments[0] : undefined
}

const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')

/** `process.env` outside main.ts, and the global `fetch` in an adapter. */
const forbiddenWords = (tree: ts.SourceFile): Violation[] => {
  const found: Violation[] = []
  const add = (node: ts.Node, rule: string) => found.push({ file: tree.fileName, line: lineOf(tree, node), rule })
  const visit = (node: ts.Node): void => {
    if (tree.fileName !== 'src/main.ts' && isEnvironment(node)) add(node, 'only src/main.ts reads process.env')
    if (isAdapterCode(tree.fileName) && isGlobalFetch(node)) add(node, 'an adapter has no global fetch: use the context')
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** A call of `fetch` that no parameter and no variable around it is named for: a context's fetch is handed in. */
const isGlobalFetch = (node: ts.Node): boolean => {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'fetch') return false
  for (let around: ts.Node | undefined = node.parent; around !== undefined; around = around.parent) {
    const declared = ts.isFunctionLike(around)
      ? around.parameters.map(parameter => parameter.name)
      : ts.isBlock(around) || ts.isSourceFile(around)
        ? around.statements.filter(ts.isVariableStatement).flatMap(statement => statement.declarationList.declarations.map(one => one.name))
        : []
    if (declared.some(name => /\bfetch\b/.test(name.getText()))) return false
  }
  return true
}

const isEnvironment = (node: ts.Node): boolean => {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env'
  if (ts.isElementAccessExpression(node))
    return isProcess(node.expression) && ts.isStringLiteralLike(node.argumentExpression) && node.argumentExpression.text === 'env'
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer && isProcess(node.initializer))
    return node.name.elements.some(element => (element.propertyName ?? element.name).getText() === 'env')
  if (ts.isImportSpecifier(node))
    return (node.propertyName ?? node.name).text === 'env' && /process['"]$/.test(node.parent.parent.parent.moduleSpecifier.getText())
  return false
}

const isProcess = (node: ts.Node): boolean => /^(?:globalThis\.)?process$/.test(node.getText())

const lineOf = (tree: ts.SourceFile, node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1

if (import.meta.main) {
  const violations = findViolations(floorSources(path.resolve(import.meta.dirname, '..')))
  for (const { file, line, rule } of violations) console.error(`${file}:${line} ${rule}`)
  process.exit(violations.length > 0 ? 1 : 0)
}
