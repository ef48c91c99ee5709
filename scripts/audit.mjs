#!/usr/bin/env node
// Audits the dependencies: known vulnerabilities by `npm audit`, and what package-lock.json itself can tell. Ends with status 1 for a
// vulnerability of severity high or critical, a package without a checksum, or one that would run a script at installation.
// A registry that offers no audit is no finding: it is said plainly, and the rest is checked. Licences are checked by build.mjs.
// Usage: node scripts/audit.mjs [FOLDER]

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.argv[2] ?? path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const severe = ['high', 'critical']
const timeLimitMs = 60_000

/** Replies that say "there is no such thing here"; others (5xx, 429) pass by themselves. RFC 9110 15.5. */
const notOffered = new Set([400, 403, 404, 405, 410, 501])

/**
 * What `npm audit --json` said (npm 7 and later, "auditReportVersion": 2; npm-audit(1)).
 * @returns {{ kind: 'audited' | 'not-offered' | 'failed', findings: string[], words: string }}
 */
function readAudit(output) {
  let answer
  try {
    answer = JSON.parse(output)
  } catch {
    return { kind: 'failed', findings: [], words: 'npm audit printed no JSON' }
  }
  if (answer?.vulnerabilities === undefined || answer.vulnerabilities === null) {
    const { statusCode, message, error } = answer ?? {}
    const words = String(message ?? error?.summary ?? 'npm audit gave no report').split(/ - | https?:/)[0]
    const offered = !notOffered.has(statusCode) && error?.code !== 'ENOAUDIT'
    return { kind: offered ? 'failed' : 'not-offered', findings: [], words }
  }
  const found = Object.values(answer.vulnerabilities).filter(({ severity }) => severe.includes(severity))
  const findings = found.map(({ name, severity, range, via }) => {
    const titles = via.map((cause) =>
      typeof cause === 'string' ? `through ${cause}` : `${cause.title}, ${cause.url}`,
    )
    return `${name} ${range}: ${severity}: ${titles.join('; ')}`
  })
  const { total = 0 } = answer.metadata?.vulnerabilities ?? {}
  return {
    kind: 'audited',
    findings,
    words: `${total} known vulnerabilities, ${findings.length} of them severe`,
  }
}

/** An optional package that says for which systems it is. */
const isElsewhere = ({ optional, os }) => optional === true && os !== undefined

/**
 * What the lock file tells without a registry: a package without checksum could be another tomorrow, a script at installation is code
 * that nobody chose to run. Optional packages for systems other than this one are passed over: npm writes down no checksum of what it
 * never fetched (npm/cli issue 4460).
 * @returns {string[]} one line for each finding
 */
function lockFindings({ packages }, allowedScripts) {
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .flatMap(([place, { integrity, optional, os, hasInstallScript, link }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return [
        ...(integrity === undefined && !isElsewhere({ optional, os })
          ? [`${name}: package-lock.json has no checksum for it`]
          : []),
        ...(integrity !== undefined && !/^sha512-/.test(integrity)
          ? [`${name}: its checksum is no SHA-512`]
          : []),
        ...(link === true ? [`${name}: it is a link to a folder`] : []),
        ...(hasInstallScript === true && allowedScripts[name] === undefined
          ? [
              `${name}: it wants to run a script at installation, and allowScripts of package.json does not name it`,
            ]
          : []),
      ]
    })
}

function audit(what, options) {
  const run = spawnSync('npm', ['audit', '--json', ...options], {
    cwd: root,
    encoding: 'utf8',
    timeout: timeLimitMs,
  })
  const { kind, findings, words } = readAudit(run.stdout ?? '')
  const said = {
    audited: `${what}: ${words}`,
    'not-offered': `${what}: not audited: the registry offers no audit (${words})`,
    failed: `${what}: not audited: ${words}`,
  }
  process.stdout.write(`${said[kind]}\n`)
  return findings.map((finding) => `${what}: ${finding}`)
}

function main() {
  const read = (name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'))
  const lock = read('package-lock.json')
  const findings = [
    ...lockFindings(lock, read('package.json').allowScripts ?? {}),
    ...audit('what is shipped', ['--omit=dev']),
    ...audit('what is shipped and what only tests and builds', []),
  ]
  const all = Object.entries(lock.packages).filter(([place]) => place !== '')
  const unseen = all.filter(([, each]) => each.integrity === undefined && isElsewhere(each)).length
  process.stdout.write(
    `package-lock.json: ${all.length} packages, ${unseen} optional ones for other systems without a checksum\n`,
  )
  for (const finding of findings) process.stderr.write(`${finding}\n`)
  process.exitCode = findings.length > 0 ? 1 : 0
}

main()
