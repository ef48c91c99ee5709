// The part of the package oidc-provider that the tests use; it brings no types of its own.

declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  interface Interaction {
    readonly uid: string
    readonly prompt: { readonly name: string }
    readonly params: { readonly client_id: string; readonly scope?: string }
    readonly session?: { readonly accountId: string }
  }
  interface Grant {
    addOIDCScope(scope: string): void
    rejectOIDCScope(scope: string): void
    save(): Promise<string>
    destroy(): Promise<void>
  }
  interface Token {
    readonly grantId: string
    readonly isValid: boolean
    readonly scope?: string
    readonly accountId?: string
  }
  export class Provider {
    constructor(issuer: string, configuration: object)
    readonly AccessToken: { find(value: string): Promise<Token | undefined> }
    readonly RefreshToken: { find(value: string): Promise<Token | undefined> }
    readonly Grant: {
      new (about: { accountId: string; clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
  }
}
