// The cable between the service and the simulated modem: two streams in memory. It can be pulled at either end.
// Invariant: a process that was killed hears nothing any more, and the modem sees its port closed.

import { Duplex } from 'node:stream'
import type { OpenPort } from '../../src/modem/port/serial-line.ts'
import type { SimModem } from '../../src/simulator/modem/sim-modem.ts'
import type { Life } from './life.ts'

const ctrlZ = 0x1a

/** One end; what is written to it goes to `to`, null at its end. */
function createEnd(to: (chunk: Buffer | null) => void): Duplex {
  return new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      to(chunk)
      done()
    },
    final(done) {
      to(null)
      done()
    },
    destroy(error, done) {
      to(null)
      done(error)
    },
  })
}

function push(end: Duplex, chunk: Buffer | null): void {
  if (!end.destroyed && !end.readableEnded) end.push(chunk)
}

/** The port of one life of the service. */
export function portOf(modem: SimModem, life: Life): OpenPort {
  return () => {
    const host = createEnd((chunk) => {
      if (chunk === null || life.touch('AT')) push(device, chunk)
      // The modem has the SMS now, and may yet say so.
      if (chunk?.includes(ctrlZ) === true) life.touch('after Ctrl-Z')
    })
    const device = createEnd((chunk) => {
      if (life.alive()) push(host, chunk)
    })
    life.onEnd(() => push(device, null))
    modem.attach(device)
    return { stream: host, opened: Promise.resolve() }
  }
}
