/**
 * What a backup needs for the secrets that Graph gives. `main/credentials` fills it; the engine never sees a
 * private key, and no value leaves through a log, an error or an unsealed row.
 */
export interface BackupSecrets {
  /**
   * Key of the tenant for fingerprints, at least 32 bytes. The same for every host and every run: a new key
   * would make every secret of the tenant look changed.
   */
  fingerprintKey(tenantId: string): Promise<Uint8Array>;
  /**
   * Seals values to the keys of the hosts, one ciphertext per value in their order. `fingerprint` (64
   * hexadecimal digits) belongs inside the plaintext, beside tenant and value: recipients do not prove a sender.
   * `sealedTo` names the list of recipients, as a hash: whoever seals again has to find what is sealed otherwise.
   */
  seal(
    tenantId: string,
    secrets: readonly { fingerprint: string; value: string }[],
  ): Promise<readonly SealedValue[]>;
}

/** Ciphertext, and SHA-256 of the list of its recipients, hexadecimal. */
export interface SealedValue {
  bytes: Uint8Array;
  sealedTo: string;
}
