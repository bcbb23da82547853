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
);

/** Where the reader gets credentials from; filled by the composition with the sealed store of this host. */
export interface CredentialLoader {
  /** Our ids of the tenants whose credential this host has really opened. */
  openableTenantIds(): Promise<string[]>;
  /** Opens the credential of one tenant. Throws `AppError` when there is none or it cannot be opened. */
  load(tenantId: string): Promise<TenantCredential>;
}
