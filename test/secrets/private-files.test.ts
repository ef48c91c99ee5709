// Whatever the umask and however the service is started: what it makes is for its owner alone, it is not root unless told, and its
// memory is written nowhere and shown to nobody (core(5), Node.js documentation "Signal events").

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createSimModem } from '../../src/simulator/modem/sim-modem.ts'
import { eventually } from '../scenario/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
/** Debian's user without rights. */
const nobody = 65534

let bundle: string
before(() => {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-private-'))
  chmodSync(folder, 0o755)
  const built = spawnSync(process.execPath, [
    join(root, 'scripts/build.mjs'),
    join(root, 'src/cli/main.ts'),
    folder,
  ])
  assert.equal(built.status, 0, String(built.stderr))
  bundle = join(folder, 'simpost.cjs')
  assert.equal(spawnSync('ln', ['-s', join(root, 'node_modules'), join(folder, 'node_modules')]).status, 0)
})
after(() => rmSync(join(bundle, '..'), { recursive: true, force: true }))

interface Home {
  readonly folder: string
  readonly config: string
  /** Runs `simpost ARGS` in a shell that first does `setting`, such as "umask 000". */
  shell(setting: string, args: string): Promise<{ readonly status: number | null; readonly said: string }>
  /** As `shell`, for what stays; everything that it says can be asked for. */
  serve(setting: string, options?: string): { readonly child: ChildProcess; readonly said: () => string }
}

/** @returns a box on a simulated modem, with a mailbox that is not there */
async function home(t: TestContext): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-private-'))
  const modem = createSimModem()
  const port = await modem.listen()
  const config = join(folder, 'simpost.toml')
  writeFileSync(
    config,
    `[modem]
port = "tcp://127.0.0.1:${port}"
number = "+4917000000001"
[mail]
address = "sms@office.example"
[mail.imap]
host = "127.0.0.1"
port = 9
security = "none"
user = "sms"
password = "hunter2-longer"
[mail.smtp]
host = "127.0.0.1"
port = 9
security = "none"
[exchange]
fallback_mailbox = "office@office.example"
[trust]
senders = ["@office.example"]
method = "from"
[store]
path = "deep/er/simpost.db"
`,
    { mode: 0o600 },
  )
  const children: ChildProcess[] = []
  t.after(async () => {
    for (const child of children)
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'close')
      }
    await modem.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const line = (setting: string, args: string): string[] => [
    '-c',
    `${setting}; cd '${folder}' && exec $as '${process.execPath}' '${bundle}' ${args}`,
  ]
  const start = (setting: string, args: string): ReturnType<Home['serve']> => {
    const child = spawn('bash', line(setting, args))
    children.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        said += part
      })
    return { child, said: () => said }
  }
  return {
    ...{ folder, config },
    async shell(setting, args) {
      const { child, said } = start(setting, `${args} --config '${config}'`)
      const [status] = (await once(child, 'close')) as [number | null]
      return { status, said: said() }
    },
    serve: (setting, options = '--allow-root') => start(setting, `run ${options} --config '${config}'`),
  }
}

const ready = (said: () => string): Promise<true> =>
  eventually('the service with its modem', () => (/modem-started/.test(said()) ? true : undefined))

/** Modes of all that lies there, by path. */
function modes(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    found.map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)] as const),
  )
}

test('under umask 000 every file of service and commands is 0600, and every folder 0700', async (t) => {
  const box = await home(t)
  const { said } = box.serve('umask 000')
  await ready(said)
  for (const args of [
    'binding add bob@office.example +4917012345678',
    `binding export '${join(box.folder, 'deep/bindings.csv')}'`,
    `modem record '${join(box.folder, 'deep/modem.transcript')}' --for 0s`,
    "send sms +4917012345678 'Hello'",
  ])
    assert.equal((await box.shell('umask 000', args)).status, 0, args)
  const { 'simpost.toml': _, ...made } = modes(box.folder)
  const names = ['', '-wal', '-shm', '.lock', '.control'].map((end) => `deep/er/simpost.db${end}`)
  for (const name of [...names, 'deep/bindings.csv', 'deep/modem.transcript'])
    assert.equal(made[name], '600', `${name}: ${JSON.stringify(made)}`)
  for (const [name, mode] of Object.entries(made))
    assert.equal(mode, name === 'deep' || name === 'deep/er' ? '700' : '600', name)
})

test('root is refused with what to do instead, before a file is made', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const box = await home(t)
  const { status, said } = await box.shell('umask 077', 'run')
  assert.equal(status, 2)
  assert.match(
    said,
    /^the service does not run as root\nTry: sudo -u simpost simpost .*run; .* --allow-root$/m,
  )
  assert.deepEqual(Object.keys(modes(box.folder)), ['simpost.toml'])
})

test('an ordinary user needs no flag', { skip: !isRoot && 'every other test shows it' }, async (t) => {
  const box = await home(t)
  assert.equal(spawnSync('chown', ['-R', String(nobody), box.folder]).status, 0)
  const { child, said } = box.serve(`as='setpriv --reuid ${nobody} --clear-groups'`, '')
  await ready(said)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [0, null])
})

test('SIGUSR1 opens no debugger', async (t) => {
  const box = await home(t)
  const { child, said } = box.serve('true')
  await ready(said)
  child.kill('SIGUSR1')
  await eventually('a word about the signal', () => (/signal-ignored/.test(said()) ? true : undefined))
  assert.doesNotMatch(said(), /Debugger listening/)
  assert.deepEqual(listeners(child.pid ?? 0), [])
})

test('a Node.js without that care would open one: the test sees it', async (t) => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'])
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (part) => (said += part))
  await once(child.stdout, 'data')
  child.kill('SIGUSR1')
  await eventually('a debugger', () => (/listening on ws:/.test(said) ? true : undefined))
  assert.equal(listeners(child.pid ?? 0).length, 1)
})

/** Local addresses of the TCP sockets on which a process listens (proc(5)). */
function listeners(pid: number): string[] {
  const links = spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).stdout
  const inodes = new Set([...links.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode))
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode ?? ''))
    .map(([, address = '']) => address)
}

test('a service that crashes under "ulimit -c unlimited" leaves no core dump', async (t) => {
  const box = await home(t)
  const { child, said } = box.serve('ulimit -c unlimited')
  await ready(said)
  assert.match(readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m)
  child.kill('SIGABRT')
  await once(child, 'close')
  assert.deepEqual(
    Object.keys(modes(box.folder)).filter((name) => /core/.test(name)),
    [],
  )
})

test('no report of a crash is written, and options that write or show the memory are named in the log', async (t) => {
  const box = await home(t)
  const { child, said } = box.serve(
    "export NODE_OPTIONS='--report-uncaught-exception --report-on-signal --heapsnapshot-signal=SIGWINCH'",
  )
  await ready(said)
  assert.match(
    said(),
    /memory-can-be-read options="--report-uncaught-exception --report-on-signal --heapsnapshot-signal"/,
  )
  child.kill('SIGUSR2')
  await once(child, 'close')
  assert.deepEqual(
    Object.keys(modes(box.folder)).filter((name) => /report/.test(name)),
    [],
  )
})

test('a password that everybody can read is named by run, check and config check, and stops none of them', async (t) => {
  const box = await home(t)
  const open = mkdtempSync(join('/var/tmp', 'simpost-open-'))
  t.after(() => rmSync(open, { recursive: true }))
  chmodSync(open, 0o755)
  mkdirSync(join(open, 'etc'))
  const file = join(open, 'etc/mail')
  writeFileSync(file, 'hunter2-longer')
  chmodSync(file, 0o644)
  const text = readFileSync(box.config, 'utf8').replace(
    'password = "hunter2-longer"',
    `password_file = "${file}"`,
  )
  writeFileSync(box.config, text)
  const { said } = box.serve('true')
  await ready(said)
  assert.match(said(), new RegExp(`<4>file-exposed path=${file} problem=`))
  const looked = await box.shell('true', 'config check')
  assert.equal(looked.status, 0)
  assert.match(
    looked.said,
    new RegExp(`^warning: every user of this machine can read ${file}\nTry: sudo chmod o-rwx ${file}$`, 'm'),
  )
  assert.match(
    (await box.shell('true', 'check')).said.replace(/\s+/g, ' '),
    new RegExp(`warning config every user of this machine can read ${file}`),
  )
})
