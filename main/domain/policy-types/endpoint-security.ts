import type { PolicyType } from './policy-type.ts';
import { assignments, collection, intuneTypes, single } from './policy-type-builders.ts';
import { settingsCatalogType } from './settings-catalog-list.ts';

export const endpointSecurityTypes: readonly PolicyType[] = intuneTypes('Endpoint security', [
  // Firewall rules, device control and privilege management point at reusablePolicySettings by id.
  settingsCatalogType({
    key: 'endpointSecurityPolicies',
    displayName: 'Endpoint security policies (settings catalog based)',
    families: [
      'endpointSecurityAntivirus',
      'endpointSecurityDiskEncryption',
      'endpointSecurityFirewall',
      'endpointSecurityEndpointDetectionAndResponse',
      'endpointSecurityAttackSurfaceReduction',
      'endpointSecurityAccountProtection',
      'endpointSecurityApplicationControl',
      'endpointSecurityEndpointPrivilegeManagement',
    ],
  }),
  settingsCatalogType({
    key: 'securityBaselinePolicies',
    displayName: 'Security baselines (settings catalog based)',
    families: ['baseline'],
  }),
  {
    key: 'reusablePolicySettings',
    displayName: 'Reusable settings groups',
    listPath: '/deviceManagement/reusablePolicySettings',
    // settingInstance is left out of list rows.
    detailGetRequired: true,
    children: [
      collection('referencingConfigurationPolicies', {
        importance: 'enrichment',
        notRead: 'who uses it follows from the settings of the policies',
      }),
    ],
    volatile: ['version', 'referencingConfigurationPolicyCount'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    // The older model; tenants hold both until Microsoft has moved them.
    key: 'endpointSecurityIntents',
    displayName: 'Endpoint security and baseline intents (older model)',
    listPath: '/deviceManagement/intents',
    children: [
      collection('settings'),
      collection('categories'),
      // Never by expand: it answers an empty array even where isAssigned is true.
      assignments({ nonEmptyProperty: 'isAssigned' }),
      single('template', {
        path: '/deviceManagement/templates/{templateId}',
        when: { propertyPresent: 'templateId' },
        importance: 'enrichment',
        absentStatuses: [404],
      }),
    ],
    volatile: ['isAssigned', 'isMigratingToConfigurationPolicy'],
    sets: { settings: 'definitionId', categories: 'id' },
    permission: 'DeviceManagementConfiguration.Read.All',
  },
]);
