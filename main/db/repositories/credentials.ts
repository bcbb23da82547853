import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Sealed credentials and keys. Technicians write credentials and never read them; only hosts read sealed bytes. */

export type Cloud = 'global' | 'gcc-high' | 'dod' | 'china' | 'custom';

/** Where a tenant of cloud `custom` is reached. `ca` holds public certificates as PEM, so it may lie in the row. */
export interface CustomCloud {
  graphUrl: string;
  loginUrl: string;
  ca: string | null;
}

export interface CurrentCredential {
  credentialId: string;
  tenantId: string;
  entraTenantId: string;
  cloud: Cloud;
  customCloud: CustomCloud | null;
  kind: 'secret' | 'certificate';
  clientId: string;
  /** SHA-256 of the sealed bytes, hexadecimal: tells whether a trial decryption has to be made again. */
  sealedHash: string;
}

const columns = `
  c.id as "credentialId", c.tenant_id as "tenantId", t.entra_tenant_id as "entraTenantId", t.cloud,
  t.custom_cloud as "customCloud", c.kind, c.client_id as "clientId", encode(sha256(c.sealed), 'hex') as "sealedHash"`;

/** The credentials in force of all connected tenants, or of one. For hosts. */
export async function listCurrentCredentials(
  sql: Sql,
  scope: { tenantId: string } | { allTenants: true },
): Promise<CurrentCredential[]> {
  return sql.query<CurrentCredential>(
    `select ${columns} from app.credentials c join app.tenants t on t.id = c.tenant_id
      where c.replaced_at is null and t.state = 'connected' and ($1::uuid is null or c.tenant_id = $1)
      order by c.tenant_id`,
    ['tenantId' in scope ? scope.tenantId : null],
  );
}

/** The sealed bytes of credentials in force, by credential id. For hosts. */
export async function readSealedCredentials(
  sql: Sql,
  credentialIds: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const rows = await sql.query<{ id: string; sealed: Uint8Array }>(
    `select id, sealed from app.credentials where id = any ($1::uuid[]) and replaced_at is null`,
    [credentialIds],
  );
  return new Map(rows.map((row) => [row.id, row.sealed]));
}

/** Public keys of the approved hosts: what every credential is sealed to. For hosts and technicians. */
export async function listHostRecipients(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ key: string }>(
    `select distinct public_key as key from app.hosts
      where approved_at is not null and removed_at is null order by public_key`,
  );
  return rows.map((row) => row.key);
}

/** Connects a tenant with its first credential; the caller becomes its owner. Throws refusals as `AppError`. */
export async function connectTenant(
  sql: Sql,
  tenant: {
    tenantId: string;
    name: string;
    entraTenantId: string;
    cloud: Cloud;
    customCloud: CustomCloud | null;
    credentialId: string;
    kind: 'secret' | 'certificate';
    clientId: string;
    sealed: Uint8Array;
    recipients: readonly string[];
    expiresAt: Date | null;
  },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.connect_tenant($1, $2, $3, $4, $5::jsonb, null, $6, $7, $8, $9, $10, $11) as refused`,
    [
      tenant.tenantId,
      tenant.name,
      tenant.entraTenantId,
      tenant.cloud,
      tenant.customCloud === null ? null : JSON.stringify(tenant.customCloud),
      tenant.credentialId,
      tenant.kind,
      tenant.clientId,
      Buffer.from(tenant.sealed),
      tenant.recipients,
      tenant.expiresAt?.toISOString() ?? null,
    ],
  );
  throwIfRefused(row!.refused);
}

/** The sealed fingerprint key of a tenant; null before any host made one. For hosts. */
export async function readTenantKey(sql: Sql, tenantId: string): Promise<Uint8Array | null> {
  const [row] = await sql.query<{ sealed: Uint8Array }>(
    `select sealed from app.tenant_keys where tenant_id = $1`,
    [tenantId],
  );
  return row?.sealed ?? null;
}

/** Stores the key unless another host was quicker; read it again afterwards. */
export async function insertTenantKey(
  sql: Sql,
  tenantId: string,
  sealed: Uint8Array,
  recipients: readonly string[],
): Promise<void> {
  await sql.query(
    `insert into app.tenant_keys (tenant_id, sealed, recipients) values ($1, $2, $3)
     on conflict (tenant_id) do nothing`,
    [tenantId, Buffer.from(sealed), recipients],
  );
}
