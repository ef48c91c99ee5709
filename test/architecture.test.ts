// Checks the rules of src/README.md on the source itself: imports point one way, one file a library, time and randomness only through
// the ports, small files with telling names.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** What each folder may import, besides itself: folders, or files by their paths. `cli` may import everything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  sms: ['domain'],
  modem: ['domain', 'sms', 'log.ts'],
  mail: ['domain', 'log.ts'],
  store: ['domain', 'log.ts'],
  config: ['domain', 'mail/providers/provider-table.ts', 'mail/providers/provider.ts'],
  exchange: ['domain', 'sms', 'store', 'log.ts'],
  daemon: ['config', 'domain', 'sms', 'modem', 'mail', 'store', 'exchange', 'log.ts'],
  simulator: ['domain', 'sms', 'log.ts'],
  'log.ts': ['domain'],
}

/** The files that may import a library; a folder stands for all of its files. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  '@rgrove/parse-xml': ['mail/providers/autoconfig.ts'],
  '@serialport/parser-readline': ['modem/port/serial-line.ts'],
  '@zone-eu/mailsplit': ['mail/read/mime-tree.ts'],
  'better-sqlite3': ['store/database/database.ts'],
  commander: ['cli/command.ts'],
  'csv-parse': ['cli/binding/csv.ts'],
  'email-reply-parser': ['mail/read/quoted-text.ts'],
  'html-to-text': ['mail/read/html-text.ts'],
  imapflow: ['mail/imap/imap-client.ts'],
  libmime: ['mail/header/charset.ts'],
  'libphonenumber-js': ['domain/address.ts'],
  mailauth: ['mail/trust/dkim.ts'],
  'node-pdu': ['sms/tpdu.ts'],
  nodemailer: ['mail/compose/compose-mail.ts', 'mail/smtp/smtp-sender.ts'],
  'openid-client': ['mail/sign-in/oauth-client.ts'],
  serialport: ['modem/port/serial-line.ts'],
  'smol-toml': ['config/config.ts'],
  'smtp-server': ['simulator/mail/sim-smtp.ts'],
  'string-width': ['cli/output.ts'],
  valibot: ['config/config.ts', 'config/faults.ts', 'config/option-values.ts', 'config/schema.ts'],
}

/** Where a thread begins with a text instead of a file. */
const threadsOfText = ['daemon/backups.ts', 'mail/read/reader-thread.ts']

const linesMax = 300
const functionLinesMax = 60
const parametersMax = 4

/** Where real time, randomness, the console and the end of the process may be named. */
const atTheEdge = (file: string): boolean =>
  /^(cli|simulator)\//.test(file) || file === 'daemon/system-clock.ts' || file === 'log.ts'

interface Source {
  /** Relative to src. */
  readonly file: string
  readonly text: string
  readonly tree: ts.SourceFile
}

const sources: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    return { file, text, tree: ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true) }
  })

const folderOf = (file: string): string => file.split('/')[0] ?? ''

function importsOf({ tree }: Source): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
    if (from !== undefined && ts.isStringLiteral(from)) found.push(from.text)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument !== undefined && ts.isStringLiteral(argument)) found.push(argument.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function eachFunction(
  { tree }: Source,
  look: (node: ts.FunctionLikeDeclaration, lines: number) => void,
): void {
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const first = tree.getLineAndCharacterOfPosition(node.getStart()).line
      look(node, tree.getLineAndCharacterOfPosition(node.end).line - first + 1)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
}

test('the source is found', () => {
  assert.ok(sources.length > 40)
})

test('imports point one way', () => {
  const wrong = sources.flatMap((source) => {
    const from = folderOf(source.file)
    const may = allowed[from]
    if (from === 'cli') return []
    assert.ok(may !== undefined, `${source.file} lies in a folder without a rule`)
    return importsOf(source)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(src, resolve(src, dirname(source.file), target)))
      .filter((target) => ![from, ...may].some((path) => path === folderOf(target) || path === target))
      .map((target) => `${source.file} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('inside modem, mail and exchange, what is used knows nothing of what uses it', () => {
  const within: Readonly<Record<string, RegExp>> = {
    'modem/at': /^modem\/at\//,
    'modem/port': /^modem\/(at|port)\//,
    'mail/header': /^mail\/header\//,
    'mail/trust': /^mail\/(header|trust)\//,
    'mail/read': /^mail\/(header|trust|read)\//,
    'mail/compose': /^mail\/(header|compose)\//,
    'mail/sign-in': /^mail\/sign-in\//,
    'mail/providers': /^mail\/(sign-in|providers)\//,
    'mail/smtp': /^mail\/(sign-in|smtp)\//,
    'exchange/results': /^exchange\/(results\/|decide\/|[\w-]+\.ts)/,
    'exchange/dispatch': /^exchange\/(dispatch\/|results\/|decide\/|[\w-]+\.ts)/,
    'exchange/intake': /^exchange\/(intake\/|results\/|decide\/|[\w-]+\.ts)/,
  }
  const wrong = sources.flatMap((source) => {
    const may = within[dirname(source.file)]
    if (may === undefined) return []
    return importsOf(source)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(src, resolve(src, dirname(source.file), target)))
      .filter((target) => /^(?:modem|mail|exchange)\//.test(target) && !may.test(target))
      .map((target) => `${source.file} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('what decides cannot write: exchange/decide takes nothing but types from the stores and the rest of the exchange', () => {
  const wrong = sources
    .filter(({ file }) => file.startsWith('exchange/decide/'))
    .flatMap(({ file, tree }) =>
      tree.statements
        .filter(ts.isImportDeclaration)
        .filter(({ importClause }) => importClause?.isTypeOnly !== true)
        .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
        .map((target) => relative(src, resolve(src, dirname(file), target)))
        .filter((target) => !/^(domain|sms|exchange\/decide)\//.test(target))
        .map((target) => `${file} imports ${target}`),
    )
  assert.deepEqual(wrong, [])
})

test('each library is known to its own file only', () => {
  const wrong = sources.flatMap((source) =>
    importsOf(source)
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
      .map((target) =>
        target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((library) => !(libraries[library] ?? []).includes(source.file))
      .map((library) => `${source.file} imports ${library}`),
  )
  assert.deepEqual(wrong, [])
})

test('every runtime dependency of package.json is used, and no other', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  assert.deepEqual(Object.keys(dependencies).sort(), Object.keys(libraries).sort())
  for (const [name, version] of Object.entries(dependencies))
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`)
})

test('SQL stands in store only', () => {
  const sql = /\b(SELECT [\w*]+[\s\S]{0,40}FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b/
  const wrong = sources
    .filter(({ file, text }) => folderOf(file) !== 'store' && sql.test(text))
    .map(({ file }) => file)
  assert.deepEqual(wrong, [])
})

/** Who may start a program or run code that is a text, and by which names; what is run is a literal, so no message can become a part of it. */
const powers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'node:child_process': {
    'cli/private-process.ts': ['execFile'],
    'daemon/systemd.ts': ['execFile'],
  },
  'node:vm': {
    'domain/bounded-pattern.ts': ['runInNewContext'],
    'mail/read/deadline.ts': ['createContext', 'Script'],
  },
}

function namesFrom({ tree }: Source, library: string): string[] {
  return tree.statements
    .filter(ts.isImportDeclaration)
    .filter(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text === library)
    .flatMap(({ importClause }) => {
      const names = importClause?.namedBindings
      return names !== undefined && ts.isNamedImports(names)
        ? names.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
        : ['everything']
    })
}

/** First arguments of all calls of a function, and of constructions. */
function firstArguments({ tree }: Source, name: string): (ts.Expression | undefined)[] {
  const found: (ts.Expression | undefined)[] = []
  const visit = (node: ts.Node): void => {
    const called = ts.isCallExpression(node) || ts.isNewExpression(node)
    if (called && node.expression.getText() === name) found.push(node.arguments?.[0])
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

test('programs and code are run by few files, under literal names, and never through a shell', () => {
  for (const [library, users] of Object.entries(powers)) {
    const importers = sources.filter((source) => importsOf(source).includes(library))
    assert.deepEqual(importers.map(({ file }) => file).sort(), Object.keys(users))
    for (const source of importers) {
      const names = namesFrom(source, library)
      assert.deepEqual(names, users[source.file])
      for (const name of names.filter((each) => each !== 'createContext')) {
        const run = firstArguments(source, name)
        assert.ok(run.length > 0 && run.every((what) => what !== undefined && ts.isStringLiteral(what)), name)
      }
      assert.doesNotMatch(source.text, /\bshell\b\s*[:,}]/, source.file)
    }
  }
})

test('no text becomes code', () => {
  for (const source of sources) {
    for (const name of ['eval', 'Function', 'require'])
      assert.deepEqual(firstArguments(source, name), [], `${source.file} calls ${name}`)
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'])
      for (const what of firstArguments(source, name))
        assert.ok(what === undefined || !ts.isStringLiteralLike(what), `${source.file}: ${name} of a text`)
    // From the source tree a thread starts through tsx, by a text in which only paths of ours stand.
    const threadOfText = /\beval: true\b/.test(source.text)
    assert.ok(
      !threadOfText || threadsOfText.includes(source.file),
      `${source.file} starts a thread of a text`,
    )
  }
})

test('time, randomness, console and exit come through the ports', () => {
  const forbidden =
    /\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bMath\.random\b|\bprocess\.exit\b|\bconsole\./
  const wrong = sources
    .filter(({ file }) => !atTheEdge(file))
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line: line.replace(/\/\/.*|^\s*\*.*/, ''), at: `${file}:${index + 1}` }))
        .filter(({ line }) => forbidden.test(line))
        .map(({ at }) => at),
    )
  assert.deepEqual(wrong, [])
})

test('files are small, named in kebab-case, and say first what they are', () => {
  for (const { file, text } of sources) {
    assert.match(basename(file), /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/, file)
    assert.notEqual(basename(file), 'index.ts', file)
    assert.ok(text.split('\n').length - 1 <= linesMax, `${file} has more than ${linesMax} lines`)
    assert.ok(text.startsWith('// '), `${file} does not begin with what it is`)
    assert.doesNotMatch(text, /^export default/m, file)
  }
})

test('functions are short and take few parameters', () => {
  const wrong: string[] = []
  for (const source of sources)
    eachFunction(source, (node, lines) => {
      const name = node.name?.getText() ?? 'a function'
      // A factory is a list of short functions; each of those is looked at by itself.
      const isFactory = name.startsWith('create')
      if (lines > functionLinesMax && !isFactory && !ts.isConstructorDeclaration(node))
        wrong.push(`${source.file}: ${name} has ${lines} lines`)
      if (node.parameters.length > parametersMax)
        wrong.push(`${source.file}: ${name} has ${node.parameters.length} parameters`)
    })
  assert.deepEqual(wrong, [])
})
