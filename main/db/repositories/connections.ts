import type { Sql } from '../database.ts';
import type { Cloud, CustomCloud } from './credentials.ts';
import { throwIfRefused } from './refusals.ts';

/** How tenants are reached, as their members may see it, and credentials on their way. */

export interface Connection {
  entraTenantId: string;
  cloud: Cloud;
  customCloud: CustomCloud | null;
  /** Null: no credential in force. */
  kind: string | null;
  clientId: string | null;
  expiresAt: Date | null;
  storedAt: Date | null;
  storedBy: string | null;
  publicCertificate: string | null;
  /** Names of approved hosts to whose key the credential is sealed. */
  hosts: string[];
  candidateId: string | null;
  candidateKind: string | null;
  candidateClientId: string | null;
  candidateExpiresAt: Date | null;
  candidateCertificate: string | null;
  proposedAt: Date | null;
  proposedBy: string | null;
}

/** The connection of one tenant; null when there is none or the caller may not see it. */
export async function readConnection(sql: Sql, tenantId: string): Promise<Connection | null> {
  const [row] = await sql.query<Connection>(
    `select t.entra_tenant_id as "entraTenantId", t.cloud, t.custom_cloud as "customCloud",
            c.kind, c.client_id as "clientId", c.expires_at as "expiresAt", c.created_at as "storedAt",
            c.created_by::text as "storedBy", c.public_certificate as "publicCertificate",
            array(select h.name from app.hosts h
                   where h.public_key = any (c.recipients) and h.approved_at is not null and h.removed_at is null
                   order by lower(h.name)) as hosts,
            k.id as "candidateId", k.kind as "candidateKind", k.client_id as "candidateClientId",
            k.expires_at as "candidateExpiresAt", k.public_certificate as "candidateCertificate",
            k.created_at as "proposedAt", k.created_by::text as "proposedBy"
       from app.tenants t
       left join app.credentials c on c.tenant_id = t.id and c.replaced_at is null
       left join app.credential_candidates k on k.tenant_id = t.id
      where t.id = $1`,
    [tenantId],
  );
  return row ?? null;
}

/** Proposes a credential and asks for its check; answers the check. Throws refusals as `AppError`. */
export async function proposeCredential(
  sql: Sql,
  proposal: {
    tenantId: string;
    credentialId: string;
    kind: string;
    clientId: string;
    sealed: Uint8Array;
    recipients: readonly string[];
    expiresAt: Date | null;
    publicCertificate: string | null;
  },
): Promise<string> {
  const [row] = await sql.query<{ checkId: string; refused: string | null }>(
    `select check_id as "checkId", refused from app.propose_credential($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      proposal.tenantId,
      proposal.credentialId,
      proposal.kind,
      proposal.clientId,
      Buffer.from(proposal.sealed),
      proposal.recipients,
      proposal.expiresAt?.toISOString() ?? null,
      proposal.publicCertificate,
    ],
  );
  throwIfRefused(row!.refused);
  return row!.checkId;
}

/** Forgets a proposed credential. Throws `candidate_not_found` and refusals. */
export async function discardCandidate(sql: Sql, tenantId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.discard_candidate($1) as refused', [
    tenantId,
  ]);
  throwIfRefused(row!.refused);
}

/** Shows the public half of a key pair that was made here beside its credential. */
export async function publishCertificate(sql: Sql, credentialId: string, pem: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.publish_certificate($1, $2) as refused',
    [credentialId, pem],
  );
  throwIfRefused(row!.refused);
}

/** Ends backups of a tenant and forgets its credential. For owners. */
export async function disconnectTenant(sql: Sql, tenantId: string, reason: string | null): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.disconnect_tenant($1, $2) as refused',
    [tenantId, reason],
  );
  throwIfRefused(row!.refused);
}
