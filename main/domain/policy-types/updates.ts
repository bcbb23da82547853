import type { PolicyType } from './policy-type.ts';
import {
  assignments,
  collection,
  intuneTypes,
  odataTypes,
  type PolicyTypeDraft,
} from './policy-type-builders.ts';

/** Rows of the deviceConfigurations list, told apart by their type; the list is never fetched twice. */
function deviceConfigurationView(
  own: Pick<PolicyTypeDraft, 'key' | 'displayName' | 'volatile' | 'sets'> & { odataTypes: readonly string[] },
): PolicyTypeDraft {
  return {
    ...own,
    listPath: '/deviceManagement/deviceConfigurations',
    split: { property: '@odata.type', values: odataTypes(own.odataTypes), fallback: false },
    children: [assignments()],
    permission: 'DeviceManagementConfiguration.Read.All',
  };
}

export const updateTypes: readonly PolicyType[] = intuneTypes('Updates', [
  deviceConfigurationView({
    key: 'windowsUpdateRings',
    displayName: 'Windows update rings',
    // A paused ring ticks by itself.
    volatile: [
      'version',
      'qualityUpdatesPauseStartDate',
      'featureUpdatesPauseStartDate',
      'qualityUpdatesPauseExpiryDateTime',
      'featureUpdatesPauseExpiryDateTime',
      'qualityUpdatesRollbackStartDateTime',
      'featureUpdatesRollbackStartDateTime',
    ],
    odataTypes: ['windowsUpdateForBusinessConfiguration'],
  }),
  deviceConfigurationView({
    key: 'appleUpdatePolicies',
    displayName: 'Apple software update policies',
    volatile: ['version'],
    sets: { scheduledInstallDays: null },
    odataTypes: ['iosUpdateConfiguration', 'macOSSoftwareUpdateConfiguration'],
  }),
  {
    key: 'windowsFeatureUpdateProfiles',
    displayName: 'Windows feature update profiles',
    listPath: '/deviceManagement/windowsFeatureUpdateProfiles',
    children: [assignments()],
    volatile: ['endOfSupportDate', 'deployableContentDisplayName'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'windowsQualityUpdateProfiles',
    displayName: 'Windows quality update (expedite) profiles',
    listPath: '/deviceManagement/windowsQualityUpdateProfiles',
    children: [assignments()],
    volatile: ['deployableContentDisplayName', 'releaseDateDisplayName'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'windowsQualityUpdatePolicies',
    displayName: 'Windows quality update (hotpatch) policies',
    listPath: '/deviceManagement/windowsQualityUpdatePolicies',
    children: [assignments()],
    // Not in Microsoft's permission data yet; as for its siblings.
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'windowsDriverUpdateProfiles',
    displayName: 'Windows driver update profiles',
    listPath: '/deviceManagement/windowsDriverUpdateProfiles',
    children: [
      assignments(),
      collection('driverInventories', {
        importance: 'enrichment',
        notRead: 'driver catalog of the devices, large and changing by itself',
      }),
    ],
    volatile: ['deviceReporting', 'newUpdates', 'inventorySyncStatus'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'zebraFotaDeployments',
    displayName: 'Zebra firmware over-the-air deployments',
    priority: 'extended',
    listPath: '/deviceManagement/zebraFotaDeployments',
    volatile: ['deploymentStatus'],
    permission: 'DeviceManagementConfiguration.Read.All',
    // The plain list has no options that could be wrong, so 400 means that the connector was never set up.
    unavailable: [
      { status: 400, reason: 'not_configured' },
      { status: 404, reason: 'not_configured' },
    ],
  },
]);
