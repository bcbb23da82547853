import type { z } from 'zod';
import type { newCredentialSchema } from '../../../shared/contract/connections.ts';
import { AppError } from '../../../shared/errors.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { Clock } from '../../clock.ts';
import { checkCertificate } from '../../credentials/check-certificate.ts';
import { proposeReplacement, storeTenant } from '../../credentials/connect-tenant.ts';
import type { CredentialSecret } from '../../credentials/sealed-credential.ts';
import { makeCertificate } from '../../credentials/self-signed-certificate.ts';
import { requestAccessCheck } from '../../db/repositories/access-checks.ts';
import {
  type Connection,
  discardCandidate,
  disconnectTenant,
  readConnection,
} from '../../db/repositories/connections.ts';
import type { Sql } from '../../db/database.ts';
import { deleteTenant, listDeletions, previewDeletion } from '../../db/repositories/deleted-tenants.ts';
import { adminConsentUrl, type CloudChoice, resolveCloud } from '../../graph/clouds.ts';
import { permissionNeeds } from '../permission-needs.ts';
import type { Handlers } from '../router.ts';

type Procedure =
  | 'permissions'
  | 'connect'
  | 'connection'
  | 'propose-credential'
  | 'check-candidate'
  | 'discard-candidate'
  | 'disconnect'
  | 'deletion-preview'
  | 'delete'
  | 'deletions';

interface SealableCredential {
  credential: CredentialSecret;
  expiresAt: Date | null;
  publicCertificate: string | null;
}

/** What a person typed, or a key pair made here; in memory only, until it is sealed to the hosts. */
async function readNewCredential(
  given: z.output<typeof newCredentialSchema>,
  tenantName: string,
  clock: Clock,
): Promise<SealableCredential> {
  switch (given.kind) {
    case 'made-certificate': {
      const made = await makeCertificate(tenantName, clock);
      return { ...made, publicCertificate: made.credential.certificatePem };
    }
    case 'certificate': {
      const { certificatePem, privateKeyPem } = given;
      const expiresAt = checkCertificate(certificatePem, privateKeyPem, {
        certificate: 'The certificate field',
        key: 'the key field',
      });
      return {
        credential: { kind: 'certificate', certificatePem, privateKeyPem },
        expiresAt,
        publicCertificate: null,
      };
    }
    case 'secret':
      return {
        credential: { kind: 'secret', secret: given.secret },
        expiresAt: given.expiresAt === null ? null : instantFromIso(given.expiresAt),
        publicCertificate: null,
      };
  }
}

async function consentUrlOf(choice: CloudChoice, tenantGuid: string, clientId: string): Promise<string> {
  return adminConsentUrl(await resolveCloud(choice), tenantGuid, clientId);
}

async function connectionOf(sql: Sql, tenantId: string): Promise<Connection & { choice: CloudChoice }> {
  const connection = await readConnection(sql, tenantId);
  if (connection === null) throw new AppError('tenant_not_found', 'There is no such tenant.');
  return { ...connection, choice: choiceOf(connection) };
}

function choiceOf({ cloud, customCloud }: Pick<Connection, 'cloud' | 'customCloud'>): CloudChoice {
  if (cloud !== 'custom') return { name: cloud };
  if (customCloud === null) {
    throw new AppError('cloud_address_invalid', 'A custom cloud needs its Graph and its sign-in address.');
  }
  return { name: 'custom', ...customCloud };
}

export const connectionHandlers: Pick<Handlers, `tenants.${Procedure}`> = {
  'tenants.permissions': () => Promise.resolve({ permissions: permissionNeeds() }),

  'tenants.connect': async ({ session, clock }, input) => {
    const { name, cloud, entraTenantId, clientId } = input;
    const choice = choiceOf({ cloud, customCloud: input.customCloud });
    const endpoints = await resolveCloud(choice);
    const { credential, expiresAt, publicCertificate } = await readNewCredential(
      input.credential,
      name,
      clock,
    );
    return await session.database.transaction(async (tx) => {
      const tenantId = await storeTenant(tx, {
        name,
        tenantGuid: entraTenantId,
        clientId,
        cloud,
        customCloud:
          cloud === 'custom'
            ? { graphUrl: endpoints.graphUrl, loginUrl: endpoints.loginUrl, ca: endpoints.ca }
            : null,
        credential,
        expiresAt,
        publicCertificate,
      });
      const { checkId } = await requestAccessCheck(tx, tenantId);
      return {
        tenantId,
        publicCertificate,
        consentUrl: adminConsentUrl(endpoints, entraTenantId, clientId),
        checkId,
      };
    });
  },

  'tenants.connection': async ({ session }, { tenantId }) => {
    const found = await connectionOf(session.database, tenantId);
    const consent = (clientId: string) => consentUrlOf(found.choice, found.entraTenantId, clientId);
    return {
      clientId: found.clientId,
      consentUrl: found.clientId === null ? null : await consent(found.clientId),
      credential:
        found.kind === null || found.storedAt === null
          ? null
          : {
              kind: found.kind,
              expiresAt: found.expiresAt?.toISOString() ?? null,
              storedAt: found.storedAt.toISOString(),
              storedBy: found.storedBy ?? '',
              publicCertificate: found.publicCertificate,
              hosts: found.hosts,
            },
      candidate:
        found.candidateKind === null || found.candidateClientId === null || found.proposedAt === null
          ? null
          : {
              kind: found.candidateKind,
              clientId: found.candidateClientId,
              expiresAt: found.candidateExpiresAt?.toISOString() ?? null,
              proposedAt: found.proposedAt.toISOString(),
              proposedBy: found.proposedBy ?? '',
              publicCertificate: found.candidateCertificate,
              consentUrl: await consent(found.candidateClientId),
            },
    };
  },

  'tenants.propose-credential': async ({ session, clock }, { tenantId, clientId, credential }) => {
    const found = await connectionOf(session.database, tenantId);
    const app = clientId ?? found.clientId;
    if (app === null) {
      throw new AppError('client_id_needed', 'The tenant has no credential whose app could be used again.', {
        nextStep: 'Give the application (client) id.',
      });
    }
    const given = await readNewCredential(credential, found.entraTenantId, clock);
    const checkId = await proposeReplacement(session.database, { tenantId, clientId: app, ...given });
    return {
      publicCertificate: given.publicCertificate,
      consentUrl: await consentUrlOf(found.choice, found.entraTenantId, app),
      checkId,
    };
  },

  'tenants.check-candidate': async ({ session }, { tenantId }) => {
    const { candidateId } = await connectionOf(session.database, tenantId);
    if (candidateId === null) {
      throw new AppError('candidate_not_found', 'No new credential waits for its check.');
    }
    const { checkId } = await requestAccessCheck(session.database, tenantId, candidateId);
    return { checkId };
  },

  'tenants.discard-candidate': async ({ session }, { tenantId }) => {
    await discardCandidate(session.database, tenantId);
    return {};
  },

  'tenants.disconnect': async ({ session }, { tenantId, reason }) => {
    await disconnectTenant(session.database, tenantId, reason === '' ? null : reason);
    return {};
  },

  'tenants.deletion-preview': async ({ session }, { tenantId }) => {
    const content = await previewDeletion(session.database, tenantId);
    if (content === null) throw new AppError('tenant_not_found', 'There is no such tenant.');
    const { newestCompleteAt } = content;
    return {
      ...content,
      newestCompleteAt: newestCompleteAt === null ? null : instantFromIso(newestCompleteAt).toISOString(),
    };
  },

  'tenants.delete': async ({ session }, { tenantId, confirmedName }) => {
    await deleteTenant(session.database, tenantId, confirmedName);
    return {};
  },

  'tenants.deletions': async ({ session }) => ({
    rows: (await listDeletions(session.database)).map((deletion) => ({
      ...deletion,
      deletedAt: deletion.deletedAt.toISOString(),
    })),
  }),
};
