import type { AccessOutcome, AccessedType } from '../../engine/ports.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Access checks: asked for by technicians, carried out and ended by hosts; see its migration for the rules. */

export interface ClaimedAccessCheck {
  checkId: string;
  tenantId: string;
  /** The proposed credential that is to be tried; null: the one in force. */
  candidateId: string | null;
  /** Fences the answer. */
  token: number;
}

export interface AccessCheckError {
  code: string;
  message: string;
  nextStep: string | null;
}

/**
 * Asks for a check; answers the one that is active already where there is one. Throws `tenant_forbidden`,
 * `tenant_not_found`, `tenant_disconnected`, `candidate_not_found`.
 */
export async function requestAccessCheck(
  sql: Sql,
  tenantId: string,
  candidateId: string | null = null,
): Promise<{ checkId: string; created: boolean }> {
  const [row] = await sql.query<{ checkId: string; created: boolean; refused: string | null }>(
    `select check_id as "checkId", created, refused from app.request_access_check($1, $2)`,
    [tenantId, candidateId],
  );
  throwIfRefused(row!.refused);
  return { checkId: row!.checkId, created: row!.created };
}

/** Takes one check that this host can do, or the only one named; null when there is none. For hosts. */
export async function claimAccessCheck(
  sql: Sql,
  openableTenantIds: readonly string[],
  onlyCheckId: string | null = null,
): Promise<ClaimedAccessCheck | null> {
  const [row] = await sql.query<ClaimedAccessCheck>(
    `select check_id as "checkId", of_tenant as "tenantId", candidate as "candidateId", fence as token
       from app.claim_access_check($1, $2) where check_id is not null`,
    [openableTenantIds, onlyCheckId],
  );
  return row ?? null;
}

/**
 * Ends a check with what it showed, with the error that kept it from showing anything, or with null: given back.
 * False when it belongs to another host by now. For hosts.
 */
export async function finishAccessCheck(
  sql: Sql,
  check: ClaimedAccessCheck,
  ending: { outcome: AccessOutcome } | { error: AccessCheckError } | null,
): Promise<boolean> {
  const outcome = ending !== null && 'outcome' in ending ? ending.outcome : null;
  const error = ending !== null && 'error' in ending ? ending.error : null;
  const [row] = await sql.query<{ ended: boolean }>(
    'select app.finish_access_check($1, $2, $3::jsonb, $4::jsonb) as ended',
    [
      check.checkId,
      check.token,
      outcome === null
        ? null
        : JSON.stringify({
            organization: outcome.organizationName,
            types: outcome.types,
            missingPermissions: outcome.missingPermissions,
            consentUrl: outcome.consentUrl,
          }),
      error === null ? null : JSON.stringify(error),
    ],
  );
  return row!.ended;
}

export interface AccessCheck {
  checkId: string;
  state: 'queued' | 'running' | 'done' | 'failed';
  candidateId: string | null;
  requestedAt: Date;
  requestedBy: string;
  hostName: string | null;
  finishedAt: Date | null;
  organizationName: string | null;
  types: AccessedType[] | null;
  missingPermissions: string[] | null;
  consentUrl: string | null;
  error: AccessCheckError | null;
}

const columns = `
  c.id as "checkId", c.state, c.candidate_id as "candidateId", c.requested_at as "requestedAt",
  c.requested_by::text as "requestedBy", h.name as "hostName", c.finished_at as "finishedAt",
  c.organization as "organizationName", c.types, c.missing_permissions as "missingPermissions",
  c.consent_url as "consentUrl", c.error`;

const newest = (condition: string) =>
  `(select ${columns} from app.access_checks c left join app.hosts h on h.id = c.host_id
     where c.tenant_id = $1 and ${condition} order by c.finished_at desc limit 1)`;

/** The active check, the newest ended one and the newest that showed something, each null where there is none. */
export async function readAccessChecks(
  sql: Sql,
  tenantId: string,
): Promise<{ active: AccessCheck | null; last: AccessCheck | null; shown: AccessCheck | null }> {
  const rows = await sql.query<AccessCheck>(
    `${newest(`c.state in ('queued', 'running')`)} union all ${newest('c.finished_at is not null')}
     union all ${newest(`c.state = 'done'`)}`,
    [tenantId],
  );
  return {
    active: rows.find((row) => row.finishedAt === null) ?? null,
    last: rows.find((row) => row.finishedAt !== null) ?? null,
    shown: rows.findLast((row) => row.state === 'done') ?? null,
  };
}

/** One check by its id; null when there is none or the login may not see it. */
export async function readAccessCheck(sql: Sql, checkId: string): Promise<AccessCheck | null> {
  const [row] = await sql.query<AccessCheck>(
    `select ${columns} from app.access_checks c left join app.hosts h on h.id = c.host_id where c.id = $1`,
    [checkId],
  );
  return row ?? null;
}
