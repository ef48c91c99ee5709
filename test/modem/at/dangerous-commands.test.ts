// Which command lines a person cannot send by accident, and in which disguise they do not slip through either.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { refuseDangerous } from '../../../src/modem/at/dangerous-commands.ts'

function refusal(line: string, force = false, besideService = false): GatewayError | null {
  try {
    refuseDangerous(line, { force, besideService })
    return null
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === 'USAGE')
    return error
  }
}

const dangerous = [
  'AT+CPIN="1234"',
  'at+cpin=1234',
  'AT + CPIN = "1234"',
  'AT+CSQ;+CPIN="1234"',
  'ATE0+CPIN="1234"',
  'ATE0;+CPIN="1234"',
  'AT+CLCK="SC",1,"1234"',
  'AT+CLCK="SC",0,"1234"',
  'AT+CPWD="SC","1234","5678"',
  'AT+CMGD=1',
  'AT+CMGD=1,4',
  'AT+CMGD=1,4?',
  'AT+CMGDA=6',
  'AT+CMGDA="DEL ALL"',
  'AT+QMGDA=6',
  'AT+CMGRD=1',
  'AT+CSIM=26,"0020000108313233FFFFFFFFFF"',
  'AT+CRSM=220,28476,1,4,176,"00"',
  'AT^CPIN="1234"',
  'AT&F',
  'AT&F0',
  'ATZ',
  'ATE0Z',
  'AT&W',
  'AT+CFUN=0',
  'AT+CFUN=4',
  'AT+CFUN=1,1',
  'AT+COPS=2',
  'AT+COPS=1,2,"26201"',
  'AT+CGATT=0',
  'ATD+4917012345678;',
  'ATDT0170',
  'ATD0170?',
  'ATE0D0170;',
  'ATA',
  'ATO',
  'AT+CMSS=3',
  'AT+CUSD=1,"*100#",15',
  'AT^U2DIAG=0',
  'AT^SETPORT="A1;1,2"',
  'AT+QCFG="usbnet",1',
  'AT+CUSBPIDSWITCH=9001,1,1',
  'AT+IPR=9600',
  'AT+CMUX=0',
  'AT#REBOOT',
  'AT+CPOF',
  'AT!RESET',
]

const harmless = [
  'AT',
  'ATI',
  'ATE0',
  'AT+CPIN?',
  'AT+CLCK="SC",2',
  'AT+CMGD=?',
  'AT+CFUN?',
  'AT+CFUN=1',
  'AT+COPS=0',
  'AT+COPS=3,0',
  'AT+COPS=?',
  'AT+CFUN=?',
  'AT+QCFG="ims"',
  'AT+CSQ;+CREG?',
  'AT+CUSD=?',
  'ATH',
  'AT+CPBF="D170;+CPIN=1"',
  'AT^SETPORT?',
]

describe('alone', () => {
  for (const line of dangerous)
    test(`${line} is refused with a cure, and sent with --force`, () => {
      assert.match(refusal(line)?.hint ?? '', /--force/)
      assert.equal(refusal(line, true), null)
    })
  for (const line of harmless) test(`${line} is sent`, () => assert.equal(refusal(line), null))
})

test('the settings that the running service relies on are refused only beside it, and another store even with --force', () => {
  for (const line of ['AT+CMGF=1', 'AT+CNMI=2,2', 'AT+CSMS=1', 'ATE1', 'ATV0', 'AT+CMEE=2']) {
    assert.equal(refusal(line), null)
    assert.match(refusal(line, false, true)?.message ?? '', /relies on/)
    assert.equal(refusal(line, true, true), null)
  }
  assert.equal(refusal('AT+CPMS="ME","ME","ME"'), null)
  assert.match(refusal('AT+CPMS="ME","ME","ME"', true, true)?.hint ?? '', /stop the service/)
  assert.match(refusal('AT+CSQ;+CPMS="ME"', true, true)?.hint ?? '', /stop the service/)
})
