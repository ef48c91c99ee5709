// Mail Autoconfig files for the tests, in the form of config-v1.1.xml.

/** Elements of one server; `type` is its attribute. What is not given is that of a usual one. */
export interface ServerFacts {
  readonly type?: string
  readonly hostname?: string
  readonly port?: string
  readonly socketType?: string
  readonly username?: string
  readonly authentication?: string
}

interface ConfigFileFacts {
  readonly incoming?: readonly ServerFacts[]
  readonly outgoing?: readonly ServerFacts[]
}

const usual = { socketType: 'SSL', username: '%EMAILADDRESS%', authentication: 'password-cleartext' }
const usualIncoming = { ...usual, type: 'imap', hostname: 'imap.office.test', port: '993' }
const usualOutgoing = { ...usual, type: 'smtp', hostname: 'smtp.office.test', port: '465' }

export function configFile({ incoming = [{}], outgoing = [{}] }: ConfigFileFacts = {}): string {
  const servers = [
    ...incoming.map((facts) => server('incomingServer', { ...usualIncoming, ...facts })),
    ...outgoing.map((facts) => server('outgoingServer', { ...usualOutgoing, ...facts })),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="office.test"><domain>office.test</domain>${servers.join('')}</emailProvider>
</clientConfig>`
}

function server(element: string, { type, ...facts }: Required<ServerFacts>): string {
  const inner = Object.entries(facts).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<${element} type="${type}">${inner.join('')}</${element}>`
}
