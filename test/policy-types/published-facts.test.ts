import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import { findPolicyType, policyTypes } from '../../main/domain/policy-types/registry.ts';

interface ChildFact {
  name: string;
  path: string;
  optional?: boolean;
  returnsSecret?: boolean;
  acceptedReadPermissions: string[];
}

interface TypeFact {
  key: string;
  displayName: string;
  category: string;
  priority: string;
  apiVersion: string;
  shape: string;
  listPath: string;
  itemPath: string;
  odataTypes: string[];
  listQuery: { filter: string | null; expand: string | null; select: string | null };
  detailGetRequired: boolean;
  childReads: ChildFact[];
  volatileProperties: string[];
  secretProperties: string[];
  identityProperty: string | null;
  nameProperty: string | null;
  leastPermissionApplication: string | null;
  permissionAlternativesApplication: string[];
}

const factsFile = resolve('..', 'shared', 'graph', 'contracts-facts.json');
const facts: TypeFact[] = existsSync(factsFile)
  ? (JSON.parse(readFileSync(factsFile, 'utf8')) as { types: TypeFact[] }).types
  : [];
if (facts.length === 0) {
  process.stdout.write('Skipped: the collected facts about Microsoft Graph are not beside the project.\n');
}

/** A path with its query left out and its parameters nameless, because names differ between sources. */
function bare(path: string): string {
  return path.split('?')[0]!.replaceAll(/\{\w+\}/g, '{}');
}

/** What is different about each type, with its key in front. */
function differences(compare: (fact: TypeFact, type: PolicyType) => (string | false)[]): string[] {
  return facts.flatMap((fact) => {
    const type = findPolicyType(fact.key);
    const found = type ? compare(fact, type) : ['missing'];
    return found.filter((text) => text !== false).map((text) => `${fact.key}: ${text}`);
  });
}

/** Expands that the facts name and we do not send: a directory list with an expand ends after 20 rows without a link. */
const readWithoutExpand = new Set(['directoryRoleAssignments']);

/** Views of a list that is fetched once without a filter and split in the client. */
const splitInClient = new Set(['windowsUpdateRings', 'appleUpdatePolicies']);

/** Optional in the facts, required here: configuration that stands nowhere else in the object. */
const requiredAllTheSame = new Set([
  'mobileApps/relationships',
  'targetedManagedAppConfigurations/settings',
  'intuneRoleAssignments/roleScopeTags',
  'authenticationMethodsPolicy/authenticationMethodConfigurations',
]);

/** Facts that name something sensitive for which a registered property name is the wrong tool. */
const notByName: Readonly<Record<string, string>> = {
  settingsCatalogPolicies: 'secret setting values are known by @odata.type',
  endpointSecurityPolicies: 'secret setting values are known by @odata.type',
  securityBaselinePolicies: 'secret setting values are known by @odata.type',
  linuxScriptPolicies: 'secret setting values are known by @odata.type',
  autopilotDevicePreparationPolicies: 'secret setting values are known by @odata.type',
  endpointSecurityIntents: 'valueJson holds every setting; secret ones come masked',
  deviceComplianceScripts: 'a script body is the configuration',
  deviceManagementScripts: 'a script body is the configuration',
  deviceShellScripts: 'a script body is the configuration',
  deviceCustomAttributeShellScripts: 'a script body is the configuration',
  deviceHealthScripts: 'a script body is the configuration',
  mobileApps: 'rules and command lines are the configuration',
  mobileAppConfigurations: 'payloads are the configuration',
  targetedManagedAppConfigurations: 'values of settings are the configuration',
  applePushNotificationCertificate: 'the public part of a certificate',
};

describe.skipIf(facts.length === 0)('the registry against the collected facts', () => {
  it('has the same types and no other', () => {
    expect(policyTypes.map((each) => each.key).toSorted()).toEqual(facts.map((each) => each.key).toSorted());
  });

  it('has no path that the facts do not have', () => {
    const known = new Set(
      facts.flatMap((fact) =>
        [fact.listPath, fact.itemPath, ...fact.childReads.map((child) => child.path)].map(bare),
      ),
    );
    const used = policyTypes.flatMap((each) => [
      each.listPath,
      ...(each.itemPath === null ? [] : [each.itemPath]),
      ...each.children.map((child) => child.path),
    ]);
    expect(used.filter((path) => !known.has(bare(path)))).toEqual([]);
  });

  it('has all 95 child reads', () => {
    expect(facts.flatMap((fact) => fact.childReads)).toHaveLength(95);
    expect(policyTypes.flatMap((each) => each.children)).toHaveLength(95);
  });

  it('has the same names, versions, shapes, queries and identities', () => {
    expect(
      differences((fact, type) => {
        const family = policyTypes.filter((each) => each.listPath === type.listPath);
        const known = new Set(family.flatMap((each) => each.knownODataTypes));
        return [
          ...(['displayName', 'category', 'priority', 'apiVersion', 'shape', 'listPath'] as const).map(
            (name) => type[name] !== fact[name] && name,
          ),
          ...(['detailGetRequired', 'identityProperty', 'nameProperty'] as const).map(
            (name) => type[name] !== fact[name] && name,
          ),
          ...(['filter', 'expand', 'select'] as const).map((name) => {
            const isOurs =
              (name === 'filter' && splitInClient.has(fact.key)) ||
              (name === 'expand' && readWithoutExpand.has(fact.key));
            const expected = isOurs ? null : fact.listQuery[name];
            return (type.listQuery[name] ?? null) !== expected && name;
          }),
          type.itemPath !== null && bare(type.itemPath) !== bare(fact.itemPath) && 'itemPath',
          ...fact.volatileProperties.map(
            (name) => !type.volatileProperties.includes(name) && `volatile ${name}`,
          ),
          ...fact.odataTypes.map((name) => !known.has(`#${name.replace(/^#/, '')}`) && name),
        ];
      }),
    ).toEqual([]);
  });

  it('asks for the same permissions', () => {
    expect(
      differences((fact, type) => {
        const published = fact.permissionAlternativesApplication;
        const accepted = new Set([...published, fact.leastPermissionApplication ?? '']);
        const isSame =
          accepted.size === type.acceptedPermissions.length &&
          type.acceptedPermissions.every((name) => accepted.has(name));
        return [
          type.permission !== fact.leastPermissionApplication && 'permission',
          published.length > 0 && !isSame && 'accepted permissions',
        ];
      }),
    ).toEqual([]);
  });

  it('registers secrets wherever the facts name one that a property name can tell', () => {
    expect(
      differences((fact, type) => [
        type.secretProperties.length > 0 !== (fact.secretProperties.length > 0 && !(fact.key in notByName)) &&
          'secrets',
        fact.key in notByName && fact.secretProperties.length === 0 && 'explained without need',
      ]),
    ).toEqual([]);
  });

  it('reads every child as its facts say', () => {
    expect(
      differences((fact, type) =>
        fact.childReads.flatMap((published) => {
          const part = type.children.find((each) => bare(each.path) === bare(published.path));
          if (!part) return [`${published.name} is missing`];
          const name = `${fact.key}/${published.name}`;
          const isOptional = published.optional === true && !requiredAllTheSame.has(name);
          const accepted = published.acceptedReadPermissions;
          // The one name that says nothing: the part is the role.
          const expectedName = name === 'intuneRoleAssignments/detail' ? 'roleDefinition' : published.name;
          return [
            part.name !== expectedName && `${published.name} is called ${part.name}`,
            part.expand !== /\$expand=(\w+)/.exec(published.path)?.[1] && `${part.name} expand`,
            part.importance !== (isOptional ? 'enrichment' : 'required') && `${part.name} importance`,
            published.returnsSecret === true &&
              !type.secretProperties.includes(part.name) &&
              `${part.name} is a secret`,
            accepted.length > 0 &&
              !accepted.includes(part.permission ?? type.permission ?? '') &&
              `${part.name} permission`,
          ];
        }),
      ),
    ).toEqual([]);
  });
});
