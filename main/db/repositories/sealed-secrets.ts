import { createHash } from 'node:crypto';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Secret values out of policies, sealed to the hosts. Only hosts read them, and nothing in the product opens them. */

/**
 * What `app.sealed_secrets.sealed_to` holds for a list of recipients: SHA-256 of the sorted keys, one a line,
 * hexadecimal. Thousands of secrets would carry the same long list otherwise.
 */
export function recipientsHash(recipients: readonly string[]): string {
  return createHash('sha256').update(recipients.toSorted().join('\n')).digest('hex');
}

/** A sealed secret value; `fingerprint` is hexadecimal. */
export interface SealedSecret {
  tenantId: string;
  tenantName: string;
  fingerprint: string;
  sealed: Uint8Array;
}

/**
 * The next secret values, in the order of tenants and fingerprints, that are not known to be sealed to exactly these
 * recipients; `after` is the last one that was seen. For hosts.
 */
export async function listWronglySealedSecrets(
  sql: Sql,
  recipients: readonly string[],
  after: Pick<SealedSecret, 'tenantId' | 'fingerprint'> | null,
  limit: number,
): Promise<SealedSecret[]> {
  return sql.query<SealedSecret>(
    `select s.tenant_id as "tenantId", t.name as "tenantName", encode(s.fingerprint, 'hex') as fingerprint, s.sealed
       from app.sealed_secrets s join app.tenants t on t.id = s.tenant_id
      where s.sealed_to is distinct from decode($1, 'hex')
        and ($2::uuid is null or (s.tenant_id, s.fingerprint) > ($2::uuid, decode($3, 'hex')))
      order by s.tenant_id, s.fingerprint limit $4`,
    [recipientsHash(recipients), after?.tenantId ?? null, after?.fingerprint ?? '', limit],
  );
}

/**
 * Stores secret values of one tenant sealed anew, in one transaction with its audit event. A value that somebody else
 * sealed meanwhile stays as it is. Answers how many were stored. For hosts.
 */
export async function storeResealedSecrets(
  sql: Sql,
  tenantId: string,
  secrets: readonly { before: SealedSecret; sealed: Uint8Array }[],
  recipients: readonly string[],
): Promise<number> {
  const [row] = await sql.query<{ resealed: number | null; refused: string | null }>(
    `select r.resealed, r.refused
       from app.reseal_secrets($1,
              array(select decode(f, 'hex') from unnest($2::text[]) with ordinality u (f, n) order by n),
              array(select decode(p, 'hex') from unnest($3::text[]) with ordinality u (p, n) order by n),
              $4::bytea[], decode($5, 'hex')) r`,
    [
      tenantId,
      secrets.map(({ before }) => before.fingerprint),
      secrets.map(({ before }) => createHash('sha256').update(before.sealed).digest('hex')),
      secrets.map(({ sealed }) => Buffer.from(sealed)),
      recipientsHash(recipients),
    ],
  );
  throwIfRefused(row!.refused);
  return row!.resealed ?? 0;
}
