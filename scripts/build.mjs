#!/usr/bin/env node
// Builds dist/: src/cli/main.ts and all it imports as one CommonJS file, the threads that read mails and make backups as small ones
// beside it, and the licences of what went into them.
// One file starts in half the time of the source tree. A dynamic import() stays lazy in it: esbuild turns the module behind
// it into a function that runs when it is first asked for; test/scripts/build.test.ts holds it to that.
// Usage: node scripts/build.mjs [ENTRY [OUTPUT_FOLDER]]

import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Packages that stay in node_modules, beside dist/, under their own licence files: those with compiled code, and the one that checks
 * DKIM signatures, which few boxes load and whose text all would hold in memory.
 */
const external = ['better-sqlite3', '@serialport/bindings-cpp', 'mailauth']

/** Optional packages that a library tries to load and does without; they are not in package-lock.json. */
const absent = ['re2']

/** Licences that may be in one file with ours (MIT). Where a package offers a choice, the first one is taken. */
const licencesAllowed = new Set(['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])

/** CommonJS has no import.meta; a library that makes its own require() from import.meta.url gets this constant. */
const moduleUrl = '__simpostModuleUrl'

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** "node_modules/a/node_modules/@b/c/lib/x.js" -> "node_modules/a/node_modules/@b/c"; null for our own files. */
function packageFolder(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? null
}

/** The chosen licence of an SPDX expression such as "(MIT OR EUPL-1.1+)"; throws if we may not ship it. */
function chosenLicence(name, expression) {
  const choices = String(expression)
    .replace(/[()]/g, '')
    .split(/\s+OR\s+/)
  const chosen = choices.find((choice) => licencesAllowed.has(choice))
  if (chosen === undefined)
    throw new Error(`${name} has the licence "${expression}", which the bundle may not hold`)
  return chosen
}

/** One chapter of THIRD-PARTY-LICENSES.txt: what the package is, and its licence texts as its makers ship them. */
function licenceChapter(folder) {
  const { name, version, license, author, repository, homepage } = readJson(path.join(folder, 'package.json'))
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').trim())
  const by = typeof author === 'string' ? author : author?.name
  const source = homepage ?? (typeof repository === 'string' ? repository : repository?.url)
  const head = [`${name} ${version}`, `Licence: ${chosenLicence(name, license)}`]
  if (by !== undefined) head.push(`By: ${by}`)
  if (source !== undefined) head.push(`Source: ${source}`)
  if (texts.length === 0)
    head.push('(The package holds no licence file; this is what its package.json says.)')
  return { name, text: [head.join('\n'), ...texts].join('\n\n') }
}

/** Writes the licences of every package of which the bundles hold at least one octet. */
function writeLicences(outputs, outputFolder) {
  const inputs = outputs
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const folders = new Set(inputs.map(([input]) => packageFolder(input)).filter((folder) => folder !== null))
  const chapters = [...folders].map((folder) => licenceChapter(path.join(root, folder)))
  chapters.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.text.localeCompare(b.text, 'en'))
  const intro = 'The files here hold code of the packages below. Simpost itself: see LICENSE.'
  const texts = [intro, ...chapters.map(({ text }) => text)]
  writeFileSync(
    path.join(outputFolder, 'THIRD-PARTY-LICENSES.txt'),
    `${texts.join(`\n\n${'='.repeat(80)}\n\n`)}\n`,
  )
  return chapters.length
}

/**
 * V8 keeps a file with a single character beyond Latin-1 at two octets a character, 2.5 MiB more for the bundle. esbuild escapes them in
 * strings but not in regular expressions, so they are escaped before it sees them: \u means the same in both.
 */
const escapeBeyondAscii = {
  name: 'escape-beyond-ascii',
  setup(on) {
    on.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: file }) => {
      const source = readFileSync(file, 'utf8')
      if (!/[^\0-\x7f]/.test(source)) return null
      const escaped = source.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      return { contents: escaped, loader: file.endsWith('ts') ? 'ts' : 'js' }
    })
  },
}

const main = path.join(root, 'src/cli/main.ts')
const entry = path.resolve(process.argv[2] ?? main)
/** Programs of their own: a thread that loaded all of Simpost would take half as much memory again, and longer to start. */
const threads =
  entry === main
    ? {
        'simpost-reader': path.join(root, 'src/mail/read/reader-worker.ts'),
        'simpost-backup': path.join(root, 'src/store/backup/backup-worker.ts'),
      }
    : {}
const outputFolder = path.resolve(process.argv[3] ?? path.join(root, 'dist'))
const bundle = path.join(outputFolder, 'simpost.cjs')
const { version } = readJson(path.join(root, 'package.json'))

mkdirSync(outputFolder, { recursive: true })
const result = await build({
  absWorkingDir: root,
  entryPoints: { simpost: entry, ...threads },
  outdir: outputFolder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: [...external, ...absent],
  banner: {
    js: `#!/usr/bin/env node\nconst ${moduleUrl}=require("node:url").pathToFileURL(__filename).href;`,
  },
  define: { __SIMPOST_VERSION__: JSON.stringify(version), 'import.meta.url': moduleUrl },
  legalComments: 'external',
  sourcemap: 'external',
  sourcesContent: false,
  metafile: true,
  plugins: [escapeBeyondAscii],
  logLevel: 'warning',
})
if (result.warnings.length > 0)
  throw new Error('the bundle would not behave like the source: see the warnings')

const outputs = Object.values(result.metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined)
const packages = writeLicences(outputs, outputFolder)
chmodSync(bundle, 0o755)
const octets = outputs.reduce((sum, { bytes }) => sum + bytes, 0)
process.stdout.write(`${bundle}: ${Math.round(octets / 1024)} KiB, ${packages} packages inside\n`)
