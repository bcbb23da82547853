import { describe, expect, it } from 'vitest';
import { notOffered } from '../../main/domain/policy-types/not-offered.ts';
import type { PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import { policyTypeCategories } from '../../main/domain/policy-types/policy-type.ts';
import {
  allPermissions,
  findPolicyType,
  listGroups,
  ownerOfRow,
  policyTypeLookup,
  policyTypes,
  resolveSelection,
} from '../../main/domain/policy-types/registry.ts';

function type(key: string): PolicyType {
  const found = findPolicyType(key);
  if (!found) throw new Error(`no policy type ${key}`);
  return found;
}

function countOf(priority: string): number {
  return policyTypes.filter((each) => each.priority === priority).length;
}

function family(templateFamily: string): Record<string, unknown> {
  return { id: '1', templateReference: { templateFamily } };
}

describe('the selection of a schedule', () => {
  it('knows 116 types: 77 core, 31 extended, 8 optional', () => {
    expect([policyTypes.length, countOf('core'), countOf('extended'), countOf('optional')]).toEqual([
      116, 77, 31, 8,
    ]);
  });

  it('has at least one type in every category', () => {
    expect(new Set(policyTypes.map((each) => each.category))).toEqual(new Set(policyTypeCategories));
  });

  it('answers core, all, and keys in the order given, each once', () => {
    expect(resolveSelection('core').known).toHaveLength(77);
    expect(resolveSelection('all').known).toHaveLength(116);
    const chosen = resolveSelection(['namedLocations', 'mobileApps', 'namedLocations']);
    expect(chosen.known.map((each) => each.key)).toEqual(['namedLocations', 'mobileApps']);
  });

  it('hands unknown keys back and never throws, whatever they are called', () => {
    const keys = ['mobileApps', 'fromTheFuture', '', '__proto__', 'constructor', 'fromTheFuture'];
    expect(resolveSelection(keys)).toEqual({
      known: [type('mobileApps')],
      unknown: ['fromTheFuture', '', '__proto__', 'constructor'],
    });
  });

  it('gives the backup keys of core and all types, and no type for an unknown key', () => {
    expect(policyTypeLookup.keysOf('core')).toHaveLength(77);
    expect(policyTypeLookup.keysOf('all')).toHaveLength(116);
    expect(policyTypeLookup.find('fromTheFuture')).toBeUndefined();
  });
});

describe('types that share a list', () => {
  it('stand in one group, so that the list is fetched once', () => {
    const groups = listGroups(policyTypes);
    const shared = groups
      .filter((group) => group.length > 1)
      .map((group) => group.map((each) => each.key).toSorted());
    expect(shared).toEqual([
      [
        'autopilotDevicePreparationPolicies',
        'endpointSecurityPolicies',
        'linuxScriptPolicies',
        'securityBaselinePolicies',
        'settingsCatalogPolicies',
      ],
      ['appleUpdatePolicies', 'deviceConfigurations', 'windowsUpdateRings'],
    ]);
    expect(groups.flat()).toHaveLength(116);
  });

  it('give a row to the type that names its template family', () => {
    const group = listGroups(policyTypes).find((each) => each.includes(type('settingsCatalogPolicies')))!;
    const owner = (templateFamily: string) => ownerOfRow(group, family(templateFamily))?.key;
    expect(owner('none')).toBe('settingsCatalogPolicies');
    expect(owner('baseline')).toBe('securityBaselinePolicies');
    expect(owner('endpointSecurityFirewall')).toBe('endpointSecurityPolicies');
    expect(owner('deviceConfigurationScripts')).toBe('linuxScriptPolicies');
    expect(owner('enrollmentConfiguration')).toBe('autopilotDevicePreparationPolicies');
  });

  it('let a new template family, or none, fall to the settings catalog, so that no policy is lost', () => {
    const group = [type('endpointSecurityPolicies'), type('settingsCatalogPolicies')];
    for (const row of [
      family('endpointSecurityOfTomorrow'),
      family('toString'),
      { id: '1' },
      { id: '1', templateReference: null },
      { id: '1', templateReference: 'text' },
    ]) {
      expect(ownerOfRow(group, row)?.key).toBe('settingsCatalogPolicies');
    }
  });

  it('ignore rows of a type that was not asked for', () => {
    expect(ownerOfRow([type('settingsCatalogPolicies')], family('baseline'))).toBeNull();
    expect(ownerOfRow([type('securityBaselinePolicies')], family('none'))).toBeNull();
    expect(ownerOfRow([type('securityBaselinePolicies')], family('ofTomorrow'))).toBeNull();
    expect(
      ownerOfRow([type('deviceConfigurations')], {
        '@odata.type': '#microsoft.graph.windowsUpdateForBusinessConfiguration',
      }),
    ).toBeNull();
  });

  it('tell update rings and Apple updates apart from other device configurations by their type', () => {
    const group = [type('windowsUpdateRings'), type('appleUpdatePolicies'), type('deviceConfigurations')];
    const owner = (name: string) => ownerOfRow(group, { '@odata.type': `#microsoft.graph.${name}` })?.key;
    expect(owner('windowsUpdateForBusinessConfiguration')).toBe('windowsUpdateRings');
    expect(owner('macOSSoftwareUpdateConfiguration')).toBe('appleUpdatePolicies');
    expect(owner('windows10CustomConfiguration')).toBe('deviceConfigurations');
    expect(owner('configurationOfTomorrow')).toBe('deviceConfigurations');
    expect(ownerOfRow(group, { id: '1' })?.key).toBe('deviceConfigurations');
  });

  it('leave a list that is not shared to its only type', () => {
    expect(ownerOfRow([type('mobileApps')], { '@odata.type': '#microsoft.graph.new' })?.key).toBe(
      'mobileApps',
    );
    expect(ownerOfRow([], { id: '1' })).toBeNull();
  });
});

describe('permissions', () => {
  it('never ask to write', () => {
    const named = policyTypes.flatMap((each) => [
      each.permission ?? '',
      ...each.acceptedPermissions,
      ...each.children.map((child) => child.permission ?? ''),
    ]);
    expect(named.filter((name) => /write|manage\.|fullcontrol|accessasuser/i.test(name))).toEqual([]);
    expect(named.filter((name) => name !== '' && !/\.Read(Basic)?\./.test(name))).toEqual([]);
  });

  it('are few, cover every read that an app may do, and are never the broad ones', () => {
    const granted = new Set(allPermissions('all'));
    const closed = policyTypes.filter(
      (each) =>
        each.permission !== null && !each.acceptedPermissions.some((permission) => granted.has(permission)),
    );
    expect(closed).toEqual([]);
    expect(granted.size).toBeLessThanOrEqual(16);
    const broad = ['Directory.Read.All', 'Group.Read.All', 'User.Read.All', 'RoleManagement.Read.All'];
    expect(broad.filter((permission) => granted.has(permission))).toEqual([]);
  });

  it('include those of required parts and leave out those of others', () => {
    expect(allPermissions(['administrativeUnits'])).toEqual([
      'AdministrativeUnit.Read.All',
      'RoleManagement.Read.Directory',
    ]);
    expect(allPermissions(['intuneRoleDefinitions'])).toEqual(['DeviceManagementRBAC.Read.All']);
    expect(allPermissions(['intuneRoleDefinitions', 'deviceConfigurations'])).toEqual([
      'DeviceManagementConfiguration.Read.All',
    ]);
    expect(allPermissions(['fromTheFuture'])).toEqual([]);
  });
});

describe('the list of what Graph does not offer', () => {
  it('names each thing once and says why', () => {
    expect(new Set(notOffered.map((each) => each.name)).size).toBe(notOffered.length);
    for (const { note } of notOffered) expect(note).toMatch(/\.$/);
  });
});
