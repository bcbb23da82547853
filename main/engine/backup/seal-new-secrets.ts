import type { Sql } from '../../db/database.ts';
import { knownSecretFingerprints } from '../../db/repositories/stored-content.ts';
import { type CapturedSecret, fingerprintDigest } from '../../snapshot/secrets.ts';
import type { BackupSecrets } from './backup-secrets.ts';

export interface SealedSecret {
  fingerprint: string;
  bytes: Uint8Array;
  sealedTo: string;
}

/** Seals those of the secrets that the tenant does not have yet, each value once. */
export async function sealNewSecrets(
  sql: Sql,
  secrets: BackupSecrets,
  tenantId: string,
  captured: readonly CapturedSecret[],
): Promise<SealedSecret[]> {
  const found = new Map(captured.map((secret) => [fingerprintDigest(secret.fingerprint), secret]));
  if (found.size === 0) return [];
  const known = await knownSecretFingerprints(sql, tenantId, [...found.keys()]);
  const fresh = [...found].filter(([fingerprint]) => !known.has(fingerprint));
  if (fresh.length === 0) return [];
  const sealed = await secrets.seal(
    tenantId,
    fresh.map(([fingerprint, secret]) => ({ fingerprint, value: secret.value })),
  );
  return fresh.map(([fingerprint], index) => ({ fingerprint, ...sealed[index]! }));
}
