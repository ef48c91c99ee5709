// The first seconds of a simulated modem: the SIM, and then the part that handles SMS, take their time (TS 27.007 9.2, error 14).
// Invariant: what the network has for the modem waits until SMS work.

import { announceRegistration } from './sim-at-network.ts'
import type { Machine } from './sim-machine.ts'

/** What a start does next: the SIM answers after a while, SMS work after another, and the network delivers what waited. */
export function powerOn(machine: Machine): void {
  const { simReadyMs, smsReadyMs, readyLines, script } = machine.config.habits
  script?.restart()
  machine.simReady = simReadyMs === 0
  machine.smsReady = smsReadyMs === 0
  if (!machine.simReady) machine.later(simReadyMs, () => simAnswers(machine))
  if (machine.smsReady) machine.centre.flush()
  else machine.later(smsReadyMs, () => smsWork(machine, readyLines))
}

function simAnswers(machine: Machine): void {
  machine.simReady = true
  announceRegistration(machine)
}

function smsWork(machine: Machine, readyLines: readonly string[]): void {
  machine.smsReady = true
  for (const line of readyLines) machine.urc([line])
  machine.centre.flush()
}
