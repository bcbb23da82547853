import { AppError } from '../../shared/errors.ts';
import type {
  CandidateLoader,
  CredentialLoader,
  RefreshTokenStore,
  TenantCredential,
} from '../graph/credential-loader.ts';
import type { CloudChoice } from '../graph/clouds.ts';
import type { CurrentCredential } from '../db/repositories/credentials.ts';
import { isSignIn, type CredentialOpener, type OpenedSignIn } from './credential-opener.ts';

/** Hands the credentials that this host has opened to the Graph client. */
export function createCredentialLoader(opener: CredentialOpener): CredentialLoader & CandidateLoader {
  return {
    openableTenantIds: () => opener.openableTenantIds(),
    async loadCandidate(candidateId) {
      const opened = await opener.openCandidate(candidateId);
      if (opened === null || opened.secret.kind === 'delegated') {
        throw new AppError(
          'credential_not_openable',
          'The proposed credential is gone or not sealed to this host.',
          {
            nextStep: 'Give the new credential again.',
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
      const address = {
        tenantGuid: opened.entraTenantId,
        clientId: opened.clientId,
        cloud: cloudChoice(opened),
      };
      if (opened.secret.kind !== 'delegated') return { ...address, ...opened.secret };
      return {
        ...address,
        kind: 'delegated',
        signInId: opened.credentialId,
        refreshTokens: storedSignIn(opener, tenantId, opened.credentialId),
      };
    },
  };
}

/** The refresh token of one sign-in, read from the database at each use: other hosts renew it too. */
function storedSignIn(opener: CredentialOpener, tenantId: string, signInId: string): RefreshTokenStore {
  const opened = new Map<string, OpenedSignIn>();
  return {
    async read() {
      const current = await opener.open(tenantId);
      if (current === null || !isSignIn(current) || current.credentialId !== signInId) {
        throw new AppError('credential_replaced', 'The sign-in to the tenant was replaced meanwhile.', {
          nextStep: 'Start the run again; it uses the new credential.',
          details: { tenantId },
        });
      }
      opened.clear();
      opened.set(current.sealedHash, current);
      return { refreshToken: current.secret.refreshToken, version: current.sealedHash };
    },
    async replace(used, next) {
      const signIn = opened.get(used.version);
      if (signIn === undefined) throw new Error('A refresh token is replaced by whoever read it.');
      await opener.storeRefreshToken(signIn, next);
    },
  };
}

function cloudChoice(credential: CurrentCredential): CloudChoice {
  if (credential.cloud !== 'custom') return { name: credential.cloud };
  if (credential.customCloud === null)
    throw new Error('A tenant of a custom cloud has its addresses in its row.');
  return { name: 'custom', ...credential.customCloud };
}
