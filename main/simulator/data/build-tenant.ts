import { textOf } from '../json.ts';
import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import type { JsonRecord } from '../json.ts';
import { childKey } from '../routes.ts';
import { createTenant, storedObject } from '../tenant.ts';
import type { SimulatedTenant, StoredObject } from '../tenant.ts';
import { addGenericParts, makeGenericObject, settleCounts } from './generic-maker.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { createMakerContext, hostileNames, timestamp } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';
import { makers } from './makers.ts';

export interface TenantPlan {
  name: string;
  domain: string;
  tenantGuid: string;
  seed: string;
  /** Objects over all lists, singletons included; each list gets at least one where there are enough. */
  objects: number;
  users: number;
  /** Give some objects names that break careless programs. */
  hostileNames: boolean;
}

/** How many of a tenant's objects are of a list, compared with others; absent: 1. */
const weights: Readonly<Record<string, number>> = {
  '/deviceManagement/configurationPolicies': 40,
  '/deviceManagement/deviceConfigurations': 22,
  '/deviceManagement/deviceCompliancePolicies': 12,
  '/deviceManagement/groupPolicyConfigurations': 7,
  '/deviceManagement/intents': 4,
  '/deviceManagement/deviceManagementScripts': 7,
  '/deviceManagement/deviceShellScripts': 4,
  '/deviceManagement/deviceHealthScripts': 6,
  '/deviceManagement/assignmentFilters': 6,
  '/deviceManagement/deviceCategories': 4,
  '/deviceManagement/roleScopeTags': 3,
  '/deviceManagement/roleDefinitions': 3,
  '/deviceManagement/deviceEnrollmentConfigurations': 6,
  '/deviceManagement/windowsAutopilotDeploymentProfiles': 3,
  '/deviceManagement/notificationMessageTemplates': 3,
  '/deviceAppManagement/mobileApps': 26,
  '/deviceAppManagement/mobileAppConfigurations': 5,
  '/deviceAppManagement/targetedManagedAppConfigurations': 4,
  '/deviceAppManagement/iosManagedAppProtections': 3,
  '/deviceAppManagement/androidManagedAppProtections': 3,
  '/identity/conditionalAccess/policies': 14,
  '/identity/conditionalAccess/namedLocations': 6,
  '/groups': 0,
  '/organization': 0,
};

/** One object a list, whatever the tenant's size. */
const alwaysOne = new Set(['/organization']);

/** Lists are made in this order first, because later objects refer to what they hold. */
const referredTo = [
  '/deviceManagement/roleScopeTags',
  '/deviceManagement/assignmentFilters',
  '/deviceAppManagement/mobileApps',
  '/identity/conditionalAccess/namedLocations',
  '/identityGovernance/termsOfUse/agreements',
];

/** Makes a tenant with its objects; the same plan makes the same tenant. */
export function buildTenant(plan: TenantPlan, types: readonly PolicyType[]): SimulatedTenant {
  const tenant = createTenant(plan.name, plan.tenantGuid, plan.users);
  const context = createMakerContext(plan.name, plan.domain, plan.tenantGuid, plan.seed);
  const byList = [...Map.groupBy(types, (type) => type.listPath)].toSorted(
    ([left], [right]) => order(left) - order(right),
  );
  const counts = shareOut(
    plan.objects,
    byList.map(([listPath, sharing]) => ({ listPath, isSingleton: sharing[0]!.shape === 'singleton' })),
  );
  for (const [listPath, sharing] of byList) {
    const objects: StoredObject[] = [];
    for (let index = 0; index < (counts.get(listPath) ?? 0); index++) {
      objects.push(makeObject(context, sharing, index));
    }
    if (plan.hostileNames) nameHostilely(context, sharing[0]!, objects);
    tenant.collections.set(listPath, objects);
    rememberReferences(context, listPath, objects);
  }
  addDirectory(tenant, context);
  addTemplates(tenant);
  return tenant;
}

function order(listPath: string): number {
  const at = referredTo.indexOf(listPath);
  return at < 0 ? referredTo.length : at;
}

/** Makes one object of a list, with parts for all its children. */
export function makeObject(
  context: MakerContext,
  sharing: readonly PolicyType[],
  index: number,
): StoredObject {
  const type = sharing[0]!;
  const maker: ObjectMaker = makers[type.listPath] ?? makeGenericObject;
  const object = maker(context, index, type);
  for (const each of sharing) {
    addGenericParts(context, each, object);
    settleCounts(each, object);
    inlineParts(each, object);
  }
  return object;
}

/** Some answers bring a child without being asked to expand it, such as the authentication methods policy. */
export function inlineParts(type: PolicyType, object: StoredObject): void {
  if (type.listQuery.expand !== undefined) return;
  for (const child of type.children) {
    const part = child.inline === 'list' ? object.parts.get(childKey(type, child.path) ?? '') : undefined;
    if (part?.kind === 'collection') object.body[child.name] = part.objects.map((row) => row.body);
  }
}

function shareOut(
  total: number,
  lists: readonly { listPath: string; isSingleton: boolean }[],
): Map<string, number> {
  const counts = new Map<string, number>();
  let left = total;
  const give = (listPath: string, count: number) => {
    const given = Math.min(left, count);
    counts.set(listPath, (counts.get(listPath) ?? 0) + given);
    left -= given;
  };
  for (const { listPath } of lists) if (alwaysOne.has(listPath)) give(listPath, 1);
  const weighed = lists
    .filter(
      ({ listPath, isSingleton }) => !isSingleton && !alwaysOne.has(listPath) && weights[listPath] !== 0,
    )
    .map(({ listPath }) => ({ listPath, weight: weights[listPath] ?? 1 }))
    .toSorted((a, b) => b.weight - a.weight);
  for (const { listPath, isSingleton } of lists) if (isSingleton) give(listPath, 1);
  for (const { listPath } of weighed) give(listPath, 1);
  const sum = weighed.reduce((all, { weight }) => all + weight, 0);
  const shared = left;
  for (const { listPath, weight } of weighed) give(listPath, Math.floor((shared * weight) / sum));
  const rest = weighed.length === 0 ? 0 : left;
  for (let at = 0; at < rest; at++) give(weighed[at % weighed.length]!.listPath, 1);
  return counts;
}

function nameHostilely(context: MakerContext, type: PolicyType, objects: readonly StoredObject[]): void {
  const property = type.nameProperty;
  if (property === null || property === type.identityProperty || objects.length < 5) return;
  const name = context.random.pick(hostileNames);
  objects[3]!.body[property] = name;
  // Two objects with one name are allowed, and overwrite each other in careless tools.
  if (objects.length > 5) objects[5]!.body[property] = objects[4]!.body[property] ?? null;
}

function rememberReferences(context: MakerContext, listPath: string, objects: readonly StoredObject[]): void {
  const ids = objects.map((object) => object.id);
  if (listPath === '/deviceManagement/roleScopeTags')
    context.scopeTagIds = ['0', ...ids.filter((id) => id !== '0')];
  if (listPath === '/deviceAppManagement/mobileApps') context.appIds = ids;
  if (listPath === '/identity/conditionalAccess/namedLocations') context.locationIds = ids;
  if (listPath === '/identityGovernance/termsOfUse/agreements') context.termsOfUseIds = ids;
  if (listPath === '/deviceManagement/assignmentFilters') {
    context.filters = objects.map((object) => ({ id: object.id, name: textOf(object.body, 'displayName') }));
  }
}

function addDirectory(tenant: SimulatedTenant, context: MakerContext): void {
  const rows = context.groups.map((group, index): JsonRecord => {
    const isDynamic = index % 3 === 0;
    return {
      '@odata.type': '#microsoft.graph.group',
      id: group.id,
      deletedDateTime: null,
      classification: null,
      createdDateTime: timestamp(context.random),
      description: `${tenant.name}: ${group.name}`,
      displayName: group.name,
      groupTypes: isDynamic ? ['DynamicMembership'] : [],
      isAssignableToRole: null,
      mail: null,
      mailEnabled: false,
      mailNickname: group.name.toLowerCase().replaceAll(' ', '-'),
      membershipRule: isDynamic
        ? `(device.displayName -startsWith "${group.name.slice(0, 3).toUpperCase()}")`
        : null,
      membershipRuleProcessingState: isDynamic ? 'On' : null,
      securityEnabled: true,
      visibility: null,
    };
  });
  for (const row of rows) tenant.directory.set(textOf(row, 'id'), row);
  tenant.collections.set(
    '/groups',
    rows.map((row) => {
      const { '@odata.type': _derived, ...body } = row;
      return storedObject(textOf(row, 'id'), body);
    }),
  );
}

/** Templates that intents name by `templateId`, read at /deviceManagement/templates/{id}. */
function addTemplates(tenant: SimulatedTenant): void {
  const ids = new Set<string>();
  for (const intent of tenant.collections.get('/deviceManagement/intents') ?? []) {
    if (typeof intent.body['templateId'] === 'string') ids.add(intent.body['templateId']);
  }
  tenant.collections.set(
    '/deviceManagement/templates',
    [...ids].map((id, index) =>
      storedObject(id, {
        id,
        displayName: `Security template ${index + 1}`,
        description: 'Endpoint security template',
        versionInfo: '2101',
        isDeprecated: false,
        intentCount: 1,
        templateType: 'securityTemplate',
        platformType: 'windows10AndLater',
        templateSubtype: 'antivirus',
        publishedDateTime: '2021-01-12T00:00:00Z',
      }),
    ),
  );
}
