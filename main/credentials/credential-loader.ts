import { AppError } from '../../shared/errors.ts';
import type { CredentialLoader, TenantCredential } from '../graph/credential-loader.ts';
import type { CloudChoice } from '../graph/clouds.ts';
import type { CurrentCredential } from '../db/repositories/credentials.ts';
import type { CredentialOpener } from './credential-opener.ts';

/** Hands the credentials that this host has opened to the Graph client. */
export function createCredentialLoader(opener: CredentialOpener): CredentialLoader {
  return {
    openableTenantIds: () => opener.openableTenantIds(),
    async load(tenantId): Promise<TenantCredential> {
      const opened = await opener.open(tenantId);
      if (opened === null) {
        throw new AppError(
          'credential_not_openable',
          'This host has no credential of the tenant that it can open.',
          {
            nextStep: 'Store the credential of the tenant again, sealed to this host.',
            details: { tenantId },
          },
        );
      }
      return {
        tenantGuid: opened.entraTenantId,
        clientId: opened.clientId,
        cloud: cloudChoice(opened),
        ...opened.secret,
      };
    },
  };
}

function cloudChoice(credential: CurrentCredential): CloudChoice {
  if (credential.cloud !== 'custom') return { name: credential.cloud };
  if (credential.customCloud === null)
    throw new Error('A tenant of a custom cloud has its addresses in its row.');
  return { name: 'custom', ...credential.customCloud };
}
