import { AppError } from '../../shared/errors.ts';
import type { Workspace } from '../composition.ts';
import type { Database } from '../db/database.ts';
import { claimAccessCheck, readAccessCheck, requestAccessCheck } from '../db/repositories/access-checks.ts';
import type { Tenant } from '../db/repositories/tenants.ts';
import { carryOutAccessCheck } from '../engine/access-checker.ts';
import { defaultEngineLimits } from '../engine/engine-limits.ts';
import type { AccessOutcome, AccessProbe } from '../engine/ports.ts';

const lookAgainMs = 500;

/**
 * Checks the access to one tenant and keeps the result for the screens: asked for under the person's login, done
 * here as a host unless a running host was quicker, and read back. Whoever has no role in the tenant gets the
 * result only. Throws `AppError` when the tenant cannot be read.
 */
export async function checkAccessAsHost(
  tenant: Tenant,
  parts: {
    workspace: Workspace;
    /** The person's login. */
    person: Database;
    /** The login of this computer's host. */
    host: Database;
    probe: AccessProbe;
    openableTenantIds: readonly string[];
    signal: AbortSignal;
  },
): Promise<AccessOutcome> {
  const { workspace, person, host, probe, openableTenantIds, signal } = parts;
  const { clock, log } = workspace;
  const { tenantId } = tenant;
  if (tenant.myRole === null) return probe.check({ tenantId, candidateId: null }, signal);
  const { checkId } = await requestAccessCheck(person, tenantId);
  for (;;) {
    const claimed = await claimAccessCheck(host, openableTenantIds, checkId);
    if (claimed !== null) {
      await carryOutAccessCheck(claimed, {
        database: host,
        probe,
        clock,
        limits: defaultEngineLimits,
        log,
        signal,
      });
    }
    const check = await readAccessCheck(person, checkId);
    if (check === null) throw new AppError('tenant_not_found', 'There is no such tenant.');
    if (check.error !== null) {
      const { code, message, nextStep } = check.error;
      throw new AppError(code, message, nextStep === null ? {} : { nextStep });
    }
    if (check.types !== null) {
      return {
        organizationName: check.organizationName,
        missingPermissions: check.missingPermissions ?? [],
        consentUrl: check.consentUrl ?? '',
        types: check.types,
      };
    }
    await clock.sleep(lookAgainMs, signal);
  }
}
