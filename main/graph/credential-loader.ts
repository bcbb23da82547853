import type { CloudChoice } from './clouds.ts';

/** How the app signs in to one tenant: opened bytes, kept in memory only, never logged. */
export type TenantCredential = {
  /** Entra tenant id. */
  tenantGuid: string;
  clientId: string;
  cloud: CloudChoice;
} & (
  | { kind: 'secret'; secret: string }
  | {
      kind: 'certificate';
      /** The certificate, or its chain with the leaf first, as PEM. */
      certificatePem: string;
      /** The unencrypted private key as PEM (PKCS #8). */
      privateKeyPem: string;
    }
  | {
      /** A person who signed in once; good for as long as Entra honours that sign-in. */
      kind: 'delegated';
      /** Names the sign-in: another one has another id, while its refresh token changes with every use. */
      signInId: string;
      refreshTokens: RefreshTokenStore;
    }
);

/** A refresh token with the mark of how it is stored. */
export interface StoredRefreshToken {
  refreshToken: string;
  version: string;
}

/** Where the refresh token of one sign-in is kept. */
export interface RefreshTokenStore {
  /** The newest one. Throws `AppError` when the sign-in was replaced or cannot be opened any more. */
  read(): Promise<StoredRefreshToken>;
  /** Puts the next token in the place of the one that was used, unless another host was quicker. */
  replace(used: StoredRefreshToken, next: string): Promise<void>;
}

/** Where the reader gets credentials from; filled by the composition with the sealed store of this host. */
export interface CredentialLoader {
  /** Our ids of the tenants whose credential this host has really opened. */
  openableTenantIds(): Promise<string[]>;
  /** Opens the credential of one tenant. Throws `AppError` when there is none or it cannot be opened. */
  load(tenantId: string): Promise<TenantCredential>;
}

/** Opens a credential that was proposed and is not in force yet. */
export interface CandidateLoader {
  /** Throws `AppError` when it is gone or cannot be opened. */
  loadCandidate(candidateId: string): Promise<TenantCredential>;
}
