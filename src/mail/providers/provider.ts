// What is known of one mail provider without asking it: servers, sign-in, and what has to be done there first.
// Invariant: a row says what the provider or a public directory documents. None has been tried from this project.

/** How a server is reached; `user` says which sign-in name it wants. */
export interface ProviderServer {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls'
  /** `address`: the whole mail address. `local-part`: what stands before its @. */
  readonly user: 'address' | 'local-part'
}

export type SignInKind = 'password' | 'app-password' | 'oauth2'

export interface Provider {
  readonly name: string
  /** Domains of its mail addresses, lower case; `*.` in front: all below it. Empty for one that only serves its customers' domains. */
  readonly domains: readonly string[]
  /** Mail exchangers (MX) of customers' own domains: a host name, or `*.` and what it ends in. */
  readonly mx: readonly string[]
  readonly imap: ProviderServer
  readonly smtp: ProviderServer
  /** What it takes, the best first. */
  readonly signIn: readonly SignInKind[]
  /** The preset of [mail.oauth] for it; null where it takes no OAuth 2 from programs like this one. */
  readonly oauth: 'microsoft' | 'google' | null
  /** What somebody has to do there first, one sentence. */
  readonly first: string
  /** Mails that one mailbox may send a day, as documented; null: not documented. */
  readonly mailsPerDay: number | null
  /** True if it is documented that `box+anything@domain` arrives in `box@domain`. */
  readonly plusAddresses: boolean
  /** First word of its Authentication-Results (RFC 8601 2.5); null: it writes none, or changing ones, or none is known. */
  readonly authservId: string | null
  /** What else its users should know, one sentence; null: nothing. */
  readonly note: string | null
}

type Row = Pick<Provider, 'name' | 'imap' | 'smtp' | 'signIn' | 'first'> & Partial<Provider>

/** A row with what most rows have in common. */
export function provider(row: Row): Provider {
  return {
    ...{ domains: [], mx: [], oauth: null, mailsPerDay: null, plusAddresses: false },
    ...{ authservId: null, note: null },
    ...row,
  }
}

/** A list of names in one text. */
export const names = (text: string): readonly string[] => text.trim().split(/\s+/)

/** IMAP with TLS from the first byte (RFC 8314). */
export const imaps = (host: string, user: ProviderServer['user'] = 'address'): ProviderServer => ({
  ...{ host, port: 993, security: 'tls', user },
})

/** Submission with TLS from the first byte (RFC 8314 3.3). */
export const submissions = (host: string, user: ProviderServer['user'] = 'address'): ProviderServer => ({
  ...{ host, port: 465, security: 'tls', user },
})

/** Submission with STARTTLS (RFC 6409), where a provider has no port 465. */
export const submission = (host: string): ProviderServer => ({
  ...{ host, port: 587, security: 'starttls', user: 'address' },
})
