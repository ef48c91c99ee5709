// Reads udev rules as udev(7) describes them, as far as our file uses them: matches with `==` and `!=` on shell patterns, ATTRS that must
// all hold on one parent, assignments, GOTO and LABEL. Invariant: anything else in a file is an error here, never passed over.

import assert from 'node:assert/strict'

interface Part {
  readonly key: string
  /** `idVendor` of ATTRS{idVendor}; empty without braces. */
  readonly name: string
  readonly op: string
  readonly value: string
}

export type Rules = readonly (readonly Part[])[]

export interface UdevDevice {
  readonly action?: string
  readonly kernel: string
  readonly subsystem: string
  /** Attributes of the device and of each of its parents. */
  readonly parents: readonly Readonly<Record<string, string>>[]
  /** What earlier rules have set. */
  readonly properties: Readonly<Record<string, string>>
  /** What udev's database says from the last event of this device. */
  readonly database?: Readonly<Record<string, string>>
}

export interface UdevResult {
  readonly properties: Readonly<Record<string, string>>
  readonly links: readonly string[]
  readonly tags: readonly string[]
  readonly group: string
  readonly mode: string
}

const partPattern = /^([A-Z]+)(?:\{([^}]+)\})?(==|!=|\+=|=)"([^"]*)"$/
const known = /^(ACTION|SUBSYSTEM|KERNEL|ATTRS|ENV|TEST|IMPORT|GOTO|LABEL|GROUP|MODE|SYMLINK|TAG)$/

/** @throws AssertionError for a line that is no rule */
export function readRules(text: string): Rules {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return lines.map((line) =>
    line.split(/,\s*(?=[A-Z]+[{=!+])/).map((part) => {
      const [, key = '', name = '', op = '', value = ''] = partPattern.exec(part.trim()) ?? []
      assert.match(key, known, `no part of a rule: ${part}`)
      return { key, name, op, value }
    }),
  )
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^$()\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^(?:${source})$`).test(text)
}

/** Applies the rules; `linkExists` answers TEST. */
export function applyRules(rules: Rules, device: UdevDevice, linkExists = false): UdevResult {
  const properties: Record<string, string> = { ...device.properties }
  const links: string[] = []
  const tags: string[] = []
  const rights = { GROUP: 'root', MODE: '0600' }
  const subject = (part: Part): string =>
    ({ ACTION: device.action ?? 'add', SUBSYSTEM: device.subsystem, KERNEL: device.kernel })[part.key] ??
    properties[part.name] ??
    ''
  const holds = (part: Part): boolean =>
    part.key === 'TEST'
      ? linkExists === (part.op === '==')
      : matches(part.value, subject(part)) === (part.op === '==')
  const assign = ({ key, name, op, value }: Part): void => {
    const text = value.replace(/\$env\{(\w+)\}/g, (_, from: string) => properties[from] ?? '')
    if (key === 'ENV')
      properties[name] = op === '+=' && properties[name] ? `${properties[name]} ${text}` : text
    else if (key === 'IMPORT') properties[text] = device.database?.[text] ?? properties[text] ?? ''
    else if (key === 'SYMLINK') links.push(text)
    else if (key === 'TAG') tags.push(text)
    else if (key === 'GROUP' || key === 'MODE') rights[key] = text
  }
  for (let at = 0; at < rules.length; at += 1) {
    const rule = rules[at] ?? []
    const conditions = rule.filter(({ op }) => op === '==' || op === '!=')
    const upwards = conditions.filter(({ key }) => key === 'ATTRS')
    const met =
      conditions.filter(({ key }) => key !== 'ATTRS').every(holds) &&
      (upwards.length === 0 ||
        device.parents.some((parent) =>
          upwards.every(({ name, value, op }) => matches(value, parent[name] ?? '\0') === (op === '==')),
        ))
    if (!met) continue
    const actions = rule.filter(({ op }) => op === '=' || op === '+=')
    for (const action of actions) assign(action)
    const goto = actions.find(({ key }) => key === 'GOTO')
    if (goto === undefined) continue
    at = rules.findIndex((each) => each.some(({ key, value }) => key === 'LABEL' && value === goto.value))
    assert.notEqual(at, -1, `no LABEL ${goto.value}`)
  }
  return { properties, links, tags, group: rights.GROUP, mode: rights.MODE }
}
