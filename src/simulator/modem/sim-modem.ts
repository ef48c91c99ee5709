// A simulated GSM modem with SIM, network and phones, on any byte stream (TS 27.005, TS 27.007, V.250). Other programs believe it.
// Invariants: SIM, stores and network outlive a restart, settings do not; faults strike only where a test put them.

import type { Duplex } from 'node:stream'
import type { Faults } from './faults.ts'
import { announceRegistration } from './sim-at-network.ts'
import type { Override } from './sim-interpreter.ts'
import type { SimModemOptions, StoreName } from './sim-machine.ts'
import type { Network } from './sim-network.ts'
import { assemble, close, type LogLine, reset, ring, unplug, urc } from './sim-power.ts'
import type { SimCard } from './sim-sim-card.ts'
import { powerOn } from './sim-start.ts'
import type { MessageStore } from './sim-store.ts'

export type { SimModemOptions } from './sim-machine.ts'

export interface SimModem {
  /** One AT session on a byte stream; closing the stream ends it. */
  attach(stream: Duplex): void
  /** Listens on 127.0.0.1 (0, the default: any free port) for one client at a time; resolves with the port. */
  listen(port?: number): Promise<number>
  /** Pulls the modem: the connection drops and new ones are refused until `plugIn`. */
  unplug(): void
  /** Settings are back at their defaults, the SIM wants its PIN, the network delivers what waited (unless a PIN is missing). */
  plugIn(): void
  /** A start of its own accord: as `plugIn`, with the connection kept and RDY printed. */
  reset(): void
  close(): Promise<void>
  /** Replaces one command, by the beginning of its text ("+CMGD", "AT+CNMI="); the longest match wins. Returns how to end that. */
  override(commandPrefix: string, handler: Override): () => void
  readonly overrides: ReadonlyMap<string, Override>
  readonly faults: Faults
  readonly network: Network
  /** The SIM: PIN counters, presence. */
  readonly card: SimCard
  /** A message store, by name. Throws RangeError for one that the modem lacks. */
  storage(name?: StoreName): MessageStore
  /** All message stores that it has. */
  stores(): readonly MessageStore[]
  /** The last lines in both directions; a prompt shows as ">", the end of a text as <Ctrl-Z> or <ESC>. */
  readonly log: readonly LogLine[]
  /** Command lines received so far, in order, as far as the log reaches. */
  commands(): string[]
  /** Prints unsolicited lines now. */
  urc(...lines: string[]): void
  /** An incoming call: RING (and +CLIP) until it is hung up or has rung five times. An empty number is a withheld one. */
  ring(from: string, everyMs?: number): void
  /** Sets <stat>; prints +CREG and its kin if asked for. */
  setRegistration(stat: number): void
  /** Sets <rssi>, 0-31 or 99. */
  setSignal(rssi: number): void
}

/** A modem that is switched on, registered and waits for a client. */
export function createSimModem(options: SimModemOptions = {}): SimModem {
  const parts = assemble(options)
  const { machine, port, overrides, log } = parts
  return {
    attach: (stream) => port.attach(stream),
    listen: (tcpPort = 0) => port.listen(tcpPort),
    unplug: () => unplug(parts),
    plugIn() {
      parts.plugged = true
      powerOn(machine)
    },
    reset: () => reset(parts),
    close: () => close(parts),
    override(commandPrefix, handler) {
      const prefix = commandPrefix.toUpperCase().replace(/^AT/, '')
      overrides.set(prefix, handler)
      return () => void overrides.delete(prefix)
    },
    overrides,
    faults: machine.faults,
    network: machine.centre,
    card: machine.card,
    storage(name = 'SM') {
      const store = machine.stores.get(name)
      if (store === undefined) throw new RangeError(`there is no store ${name}`)
      return store
    },
    stores: () => [...machine.stores.values()],
    log,
    commands: () => log.filter(({ direction }) => direction === 'in').map(({ line }) => line),
    urc: (...lines) => urc(parts, lines),
    ring: (from, everyMs = 3000) => ring(parts, from, everyMs),
    setRegistration(stat) {
      machine.registration = stat
      announceRegistration(machine)
    },
    setSignal(rssi) {
      machine.signal = rssi
    },
  }
}
