import { randomBytes } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import type { Database } from '../db/database.ts';
import { insertTenantKey, listHostRecipients, readTenantKey } from '../db/repositories/credentials.ts';
import { recipientsHash } from '../db/repositories/sealed-secrets.ts';
import { openText, sealText } from './sealed-credential.ts';

/**
 * What a backup needs for the secrets that Graph gives (port `BackupSecrets` of main/engine/backup): the
 * tenant's fingerprint key, and sealing to the keys of the approved hosts. `database` is the host's login.
 */
export function createBackupSecrets(options: { database: Database; identity: string }): {
  fingerprintKey(tenantId: string): Promise<Uint8Array>;
  seal(
    tenantId: string,
    secrets: readonly { fingerprint: string; value: string }[],
  ): Promise<readonly { bytes: Uint8Array; sealedTo: string }[]>;
} {
  const { database, identity } = options;
  const keys = new Map<string, Promise<Uint8Array>>();

  const loadKey = async (tenantId: string): Promise<Uint8Array> => {
    if ((await readTenantKey(database, tenantId)) === null) {
      const recipients = await listHostRecipients(database);
      const text = JSON.stringify({ format, tenantId, key: randomBytes(32).toString('base64') });
      await insertTenantKey(database, tenantId, await sealText(text, recipients), recipients);
    }
    // Read back in any case: another host may have been quicker, and then its key is the one.
    const sealed = await readTenantKey(database, tenantId);
    const text = sealed === null ? null : await openText(sealed, identity);
    const opened = text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    if (opened === null || opened['format'] !== format || opened['tenantId'] !== tenantId) {
      throw new AppError('tenant_key_sealed', "This host cannot open the tenant's fingerprint key.", {
        nextStep: 'Have a host that can open it seal it again for this host.',
        details: { tenantId },
      });
    }
    return Buffer.from(String(opened['key']), 'base64');
  };

  return {
    fingerprintKey(tenantId) {
      let key = keys.get(tenantId);
      if (key === undefined) {
        key = loadKey(tenantId);
        keys.set(tenantId, key);
        // A failure is not kept: the next run asks again.
        key.catch(() => keys.delete(tenantId));
      }
      return key;
    },
    async seal(tenantId, secrets) {
      if (secrets.length === 0) return [];
      const recipients = await listHostRecipients(database);
      const sealedTo = recipientsHash(recipients);
      return Promise.all(
        secrets.map(async ({ fingerprint, value }) => ({
          bytes: await sealText(
            JSON.stringify({ format: 'tenantkeep-secret-1', tenantId, fingerprint, value }),
            recipients,
          ),
          sealedTo,
        })),
      );
    },
  };
}

const format = 'tenantkeep-tenant-key-1';
