// Takes PIN, PUK and passwords out of a command line (TS 27.007 7.4, 7.5, 8.3): for what is shown, recorded or logged of it.

/** For a line that is written, for its echo, and for a part of it. AT+CLCK="SC",2 only asks. */
export function maskPins(line: string): string {
  return line.replace(/([+^]\s*(?:CPIN|CPWD|CLCK\s*=\s*"?\w*"?\s*,\s*[01])\s*[=,])[^\r;]*/gi, '$1***')
}
