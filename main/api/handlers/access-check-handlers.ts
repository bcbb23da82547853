import type { z } from 'zod';
import type { accessCheckSchema } from '../../../shared/contract/access-checks.ts';
import {
  type AccessCheck,
  readAccessChecks,
  requestAccessCheck,
} from '../../db/repositories/access-checks.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import type { AccessedType } from '../../engine/ports.ts';
import { accessRank, accessSentence, accessSummary } from '../access-words.ts';
import type { Handlers } from '../router.ts';

type Answer = z.input<typeof accessCheckSchema>;

function typeRow(type: AccessedType): NonNullable<Answer['result']>['types'][number] {
  const known = findPolicyType(type.typeKey);
  return {
    typeKey: type.typeKey,
    displayName: known?.displayName ?? type.typeKey,
    priority: known?.priority ?? 'extended',
    state: type.state,
    permissions: [...type.permissions],
    sentence: accessSentence(type),
    requestId: type.requestId,
  };
}

function activeCheck(check: AccessCheck | null): Answer['active'] {
  if (check === null || (check.state !== 'queued' && check.state !== 'running')) return null;
  return {
    id: check.checkId,
    state: check.state,
    requestedAt: check.requestedAt.toISOString(),
    requestedBy: check.requestedBy,
    hostName: check.hostName,
  };
}

function failureOf(check: AccessCheck | null): Answer['failure'] {
  if (check === null || check.error === null || check.finishedAt === null) return null;
  return { at: check.finishedAt.toISOString(), hostName: check.hostName, ...check.error };
}

function resultOf(check: AccessCheck | null): Answer['result'] {
  if (check === null || check.finishedAt === null || check.types === null) return null;
  return {
    id: check.checkId,
    at: check.finishedAt.toISOString(),
    hostName: check.hostName,
    requestedBy: check.requestedBy,
    organizationName: check.organizationName,
    sentence: accessSummary(check.types),
    missingPermissions: check.missingPermissions ?? [],
    consentUrl: check.consentUrl ?? '',
    types: check.types
      .map(typeRow)
      .sort(
        (a, b) => accessRank(a.state) - accessRank(b.state) || a.displayName.localeCompare(b.displayName),
      ),
  };
}

export const accessCheckHandlers: Pick<Handlers, 'tenants.access-check' | 'tenants.check-access'> = {
  'tenants.access-check': async ({ session }, { tenantId }) => {
    const { active, last, shown } = await readAccessChecks(session.database, tenantId);
    return { active: activeCheck(active), failure: failureOf(last), result: resultOf(shown) };
  },
  'tenants.check-access': ({ session }, { tenantId }) => requestAccessCheck(session.database, tenantId),
};
