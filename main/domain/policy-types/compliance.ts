import type { PolicyType } from './policy-type.ts';
import { assignments, collection, intuneTypes } from './policy-type-builders.ts';

const scheduledActionSets = {
  scheduledActionsForRule: 'ruleName',
  'scheduledActionsForRule[].scheduledActionConfigurations': 'id',
  'scheduledActionsForRule[].scheduledActionConfigurations[].notificationMessageCCList': null,
};

export const complianceTypes: readonly PolicyType[] = intuneTypes('Compliance', [
  {
    key: 'deviceCompliancePolicies',
    displayName: 'Compliance policies',
    listPath: '/deviceManagement/deviceCompliancePolicies',
    // Without the expand, rows lack their grace periods and notifications.
    listQuery: { expand: 'scheduledActionsForRule($expand=scheduledActionConfigurations)' },
    children: [
      collection('scheduledActionsForRule', { inline: 'list', expand: 'scheduledActionConfigurations' }),
      assignments(),
    ],
    volatile: ['version'],
    sets: { ...scheduledActionSets, restrictedApps: 'appId' },
    permission: 'DeviceManagementConfiguration.Read.All',
    odataTypes: [
      'androidCompliancePolicy',
      'androidDeviceOwnerCompliancePolicy',
      'androidForWorkCompliancePolicy',
      'androidWorkProfileCompliancePolicy',
      'aospDeviceOwnerCompliancePolicy',
      'defaultDeviceCompliancePolicy',
      'iosCompliancePolicy',
      'macOSCompliancePolicy',
      'windows10CompliancePolicy',
      'windows10MobileCompliancePolicy',
      'windows81CompliancePolicy',
      'windowsPhone81CompliancePolicy',
    ],
  },
  {
    key: 'compliancePoliciesV2',
    displayName: 'Compliance policies (settings catalog based, Linux)',
    listPath: '/deviceManagement/compliancePolicies',
    nameProperty: 'name',
    children: [
      collection('settings', { countProperty: 'settingCount' }),
      collection('scheduledActionsForRule', { expand: 'scheduledActionConfigurations' }),
      assignments({ nonEmptyProperty: 'isAssigned' }),
    ],
    volatile: ['settingCount', 'isAssigned'],
    sets: { settings: 'settingInstance.settingDefinitionId', ...scheduledActionSets },
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'deviceComplianceScripts',
    displayName: 'Custom compliance scripts',
    listPath: '/deviceManagement/deviceComplianceScripts',
    // detectionScriptContent is null in the list.
    detailGetRequired: true,
    children: [assignments()],
    volatile: ['version'],
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementManagedDevices.Read.All', 'DeviceManagementScripts.Read.All'],
    throttleGroup: 'intuneDevices',
  },
  {
    key: 'notificationMessageTemplates',
    displayName: 'Compliance notification templates',
    listPath: '/deviceManagement/notificationMessageTemplates',
    listQuery: { expand: 'localizedNotificationMessages' },
    children: [collection('localizedNotificationMessages', { inline: 'list' })],
    sets: { localizedNotificationMessages: 'locale' },
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    // A structural property of deviceManagement, not an entity: no id, no name.
    key: 'deviceManagementSettings',
    displayName: 'Tenant device compliance and management settings',
    shape: 'singleton',
    listPath: '/deviceManagement/settings',
    identityProperty: null,
    nameProperty: null,
    permission: 'DeviceManagementConfiguration.Read.All',
  },
]);
