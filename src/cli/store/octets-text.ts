// How large a file is, for people.

/** "812 KB", "12.4 MB" */
export function octetsText(octets: number): string {
  return octets < 1_000_000
    ? `${Math.ceil(octets / 1000)} KB`
    : `${(octets / 1_000_000).toFixed(octets < 100_000_000 ? 1 : 0)} MB`
}
