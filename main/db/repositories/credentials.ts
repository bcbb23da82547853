import { createHash } from 'node:crypto';
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

/** A secret or a certificate of the app, or the sign-in of a person. */
export type CredentialKind = 'secret' | 'certificate' | 'delegated';

export interface CurrentCredential {
  credentialId: string;
  tenantId: string;
  entraTenantId: string;
  cloud: Cloud;
  customCloud: CustomCloud | null;
  kind: CredentialKind;
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

/** A proposed credential with its sealed bytes; null when it was discarded or has taken its place. For hosts. */
export async function readSealedCandidate(
  sql: Sql,
  candidateId: string,
): Promise<{ candidate: CurrentCredential; sealed: Uint8Array } | null> {
  const [row] = await sql.query<CurrentCredential & { sealed: Uint8Array }>(
    `select ${columns}, c.sealed from app.credential_candidates c join app.tenants t on t.id = c.tenant_id
      where c.id = $1`,
    [candidateId],
  );
  if (row === undefined) return null;
  const { sealed, ...candidate } = row;
  return { candidate, sealed };
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
    kind: CredentialKind;
    clientId: string;
    sealed: Uint8Array;
    recipients: readonly string[];
    expiresAt: Date | null;
    tags?: readonly string[];
  },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.connect_tenant($1, $2, $3, $4, $5::jsonb, $12, $6, $7, $8, $9, $10, $11) as refused`,
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
      tenant.tags ?? [],
    ],
  );
  throwIfRefused(row!.refused);
}

/**
 * Replaces the credential of a tenant; the old one stays in force until this commits. For owners and managers.
 * Throws refusals as `AppError`.
 */
export async function storeCredential(
  sql: Sql,
  credential: {
    tenantId: string;
    credentialId: string;
    kind: CredentialKind;
    clientId: string;
    sealed: Uint8Array;
    recipients: readonly string[];
    expiresAt: Date | null;
  },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.store_credential($1, $2, $3, $4, $5, $6, $7) as refused',
    [
      credential.tenantId,
      credential.credentialId,
      credential.kind,
      credential.clientId,
      Buffer.from(credential.sealed),
      credential.recipients,
      credential.expiresAt?.toISOString() ?? null,
    ],
  );
  throwIfRefused(row!.refused);
}

/** Where a tenant is reached and as which app; null for a tenant that the login may not see or that has no credential. */
export async function readTenantAddress(
  sql: Sql,
  tenantId: string,
): Promise<Pick<CurrentCredential, 'entraTenantId' | 'cloud' | 'customCloud' | 'clientId'> | null> {
  const [row] = await sql.query<
    Pick<CurrentCredential, 'entraTenantId' | 'cloud' | 'customCloud' | 'clientId'>
  >(
    `select t.entra_tenant_id as "entraTenantId", t.cloud, t.custom_cloud as "customCloud", c.client_id as "clientId"
       from app.tenants t join app.credentials c on c.tenant_id = t.id and c.replaced_at is null
      where t.id = $1`,
    [tenantId],
  );
  return row ?? null;
}

/** What is sealed to the hosts one by one: credentials, sign-ins of persons, fingerprint keys, channels of alerts. */
export type SealedKind = 'credential' | 'sign_in' | 'tenant_key' | 'alert_channel';

/** Credentials in force, fingerprint keys and channels whose recipients are not exactly the approved hosts. For hosts. */
export async function listWronglySealed(
  sql: Sql,
  recipients: readonly string[],
): Promise<
  {
    kind: SealedKind;
    id: string;
    tenantId: string | null;
    tenantName: string;
    sealed: Uint8Array;
  }[]
> {
  return sql.query(
    `select s.kind, s.id, s.tenant_id as "tenantId", coalesce(t.name, 'the workspace') as "tenantName", s.sealed
       from (select case when c.kind = 'delegated' then 'sign_in' else 'credential' end as kind, c.id, c.tenant_id, c.sealed, c.recipients
               from app.credentials c where c.replaced_at is null
             union all
             select 'tenant_key', k.tenant_id, k.tenant_id, k.sealed, k.recipients from app.tenant_keys k
             union all
             select 'alert_channel', a.id, a.tenant_id, a.sealed, a.recipients from app.alert_channels a
              where a.removed_at is null) s
       left join app.tenants t on t.id = s.tenant_id
      where not (s.recipients @> $1::text[] and s.recipients <@ $1::text[])
      order by lower(t.name), s.kind`,
    [recipients],
  );
}

const resealers = {
  credential: 'app.reseal_credential',
  tenant_key: 'app.reseal_tenant_key',
  alert_channel: 'app.reseal_alert_channel',
} as const;

/** Stores what `listWronglySealed` gave, sealed anew. For hosts. Throws refusals as `AppError`. */
export async function storeResealed(
  sql: Sql,
  what: { kind: SealedKind; id: string; sealed: Uint8Array },
  sealed: Uint8Array,
  recipients: readonly string[],
): Promise<void> {
  if (what.kind === 'sign_in') {
    const previousHash = createHash('sha256').update(what.sealed).digest('hex');
    await storeSignIn(sql, { credentialId: what.id, previousHash, sealed, recipients });
    return;
  }
  const [row] = await sql.query<{ refused: string | null }>(
    `select ${resealers[what.kind]}($1, $2, $3) as refused`,
    [what.id, Buffer.from(sealed), recipients],
  );
  throwIfRefused(row!.refused);
}

/**
 * Stores the sealed sign-in of a person over the one with that hash. For hosts. Throws refusals as `AppError`:
 * `sign_in_rotated` where another host stored a newer refresh token, `credential_replaced`, `host_needed`.
 */
export async function storeSignIn(
  sql: Sql,
  signIn: {
    credentialId: string;
    previousHash: string;
    sealed: Uint8Array;
    recipients: readonly string[];
  },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.reseal_sign_in($1, $2, $3, $4) as refused',
    [signIn.credentialId, signIn.previousHash, Buffer.from(signIn.sealed), signIn.recipients],
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

/**
 * Writes `credential.expiring` to the audit of each tenant whose credential ends within 30 days, once for each
 * credential whichever host comes first. Answers how many were written now. For hosts.
 */
export async function announceExpiringCredentials(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ announced: number }>(
    'select app.announce_expiring_credentials() as announced',
  );
  return row!.announced;
}
