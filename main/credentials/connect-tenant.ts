import { randomUUID } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import { sealCredential, type CredentialSecret } from './sealed-credential.ts';
import type { Sql } from '../db/database.ts';
import { databaseErrorCode } from '../db/database-errors.ts';
import {
  connectTenant,
  listHostRecipients,
  storeCredential,
  type Cloud,
  type CustomCloud,
} from '../db/repositories/credentials.ts';
import { proposeCredential, publishCertificate } from '../db/repositories/connections.ts';

export interface TenantToConnect {
  name: string;
  tenantGuid: string;
  clientId: string;
  cloud: Cloud;
  customCloud: CustomCloud | null;
  credential: CredentialSecret;
  expiresAt: Date | null;
  /** The certificate of a key pair that was made here, to be shown until it is uploaded. */
  publicCertificate?: string | null;
  tags?: readonly string[];
}

/**
 * Seals the credential to all approved hosts and stores the tenant with it; answers the tenant's id here. Throws
 * `AppError`: `tenant_name_taken`, `administrator_needed`, `no_approved_host`.
 */
export async function storeTenant(database: Sql, tenant: TenantToConnect): Promise<string> {
  const tenantId = randomUUID();
  const credentialId = randomUUID();
  const recipients = await listHostRecipients(database);
  const sealed = await sealCredential(
    { tenantId, credentialId, clientId: tenant.clientId },
    tenant.credential,
    recipients,
  );
  try {
    await connectTenant(database, {
      tenantId,
      name: tenant.name,
      entraTenantId: tenant.tenantGuid,
      cloud: tenant.cloud,
      customCloud: tenant.customCloud,
      credentialId,
      kind: tenant.credential.kind,
      clientId: tenant.clientId,
      sealed,
      recipients,
      expiresAt: tenant.expiresAt,
      tags: tenant.tags ?? [],
    });
    if (tenant.publicCertificate != null) {
      await publishCertificate(database, credentialId, tenant.publicCertificate);
    }
    return tenantId;
  } catch (error) {
    throw describeConflict(error, tenant.name);
  }
}

/**
 * Seals the new credential to all approved hosts and puts it in the place of the old one; answers its id. The caller
 * has tried it before. Throws `AppError`: `tenant_forbidden`, `no_approved_host`.
 */
export async function replaceCredential(
  database: Sql,
  replacement: {
    tenantId: string;
    clientId: string;
    credential: CredentialSecret;
    expiresAt: Date | null;
  },
): Promise<string> {
  const { tenantId, clientId, credential, expiresAt } = replacement;
  const credentialId = randomUUID();
  const recipients = await listHostRecipients(database);
  const sealed = await sealCredential({ tenantId, credentialId, clientId }, credential, recipients);
  await storeCredential(database, {
    tenantId,
    credentialId,
    kind: credential.kind,
    clientId,
    sealed,
    recipients,
    expiresAt,
  });
  return credentialId;
}

/**
 * Seals a new credential to all approved hosts and has one of them try it; the old one stays in force until it has
 * passed. Answers the access check. Throws `AppError`: `tenant_forbidden`, `no_approved_host`.
 */
export async function proposeReplacement(
  database: Sql,
  proposal: {
    tenantId: string;
    clientId: string;
    credential: CredentialSecret;
    expiresAt: Date | null;
    publicCertificate: string | null;
  },
): Promise<string> {
  const { tenantId, clientId, credential, expiresAt, publicCertificate } = proposal;
  const credentialId = randomUUID();
  const recipients = await listHostRecipients(database);
  return proposeCredential(database, {
    tenantId,
    credentialId,
    kind: credential.kind,
    clientId,
    sealed: await sealCredential({ tenantId, credentialId, clientId }, credential, recipients),
    recipients,
    expiresAt,
    publicCertificate,
  });
}

function describeConflict(error: unknown, name: string): unknown {
  if (databaseErrorCode(error) !== '23505') return error;
  const byName = (error as { constraint?: unknown }).constraint === 'tenants_name';
  return new AppError(
    'tenant_name_taken',
    byName ? `Another tenant is called ${name}.` : 'A tenant with this Entra tenant id is connected already.',
    { nextStep: 'Look at the list of tenants; it may be there under another name.', cause: error },
  );
}
