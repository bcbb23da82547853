import type { PolicyType } from './policy-type.ts';
import { assignments, groupAssignments, intuneTypes } from './policy-type-builders.ts';
import { settingsCatalogType } from './settings-catalog-list.ts';

/**
 * Script bodies are null in every list, so each item is read again. They are sensitive (credentials stand in
 * scripts), yet they are the configuration itself: kept readable and comparable, not registered as secrets.
 */
export const scriptTypes: readonly PolicyType[] = intuneTypes('Scripts', [
  {
    key: 'deviceManagementScripts',
    displayName: 'Windows platform scripts',
    listPath: '/deviceManagement/deviceManagementScripts',
    detailGetRequired: true,
    children: [assignments(), groupAssignments()],
    // Microsoft's permission data names only the paths below the list; documents and current tools differ.
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementScripts.Read.All', 'DeviceManagementManagedDevices.Read.All'],
    throttleGroup: 'intuneDevices',
  },
  {
    key: 'deviceShellScripts',
    displayName: 'macOS shell scripts',
    listPath: '/deviceManagement/deviceShellScripts',
    detailGetRequired: true,
    children: [assignments()],
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementManagedDevices.Read.All'],
    throttleGroup: 'intuneDevices',
  },
  {
    key: 'deviceCustomAttributeShellScripts',
    displayName: 'macOS custom attributes',
    listPath: '/deviceManagement/deviceCustomAttributeShellScripts',
    detailGetRequired: true,
    children: [assignments()],
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementManagedDevices.Read.All'],
    throttleGroup: 'intuneDevices',
  },
  {
    // Microsoft's own scripts (isGlobalScript) are kept: their assignments are the tenant's.
    key: 'deviceHealthScripts',
    displayName: 'Remediations (proactive remediation)',
    listPath: '/deviceManagement/deviceHealthScripts',
    detailGetRequired: true,
    children: [assignments()],
    volatile: ['version', 'highestAvailableVersion'],
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementScripts.Read.All'],
    throttleGroup: 'intuneDevices',
    // Needs the Windows Enterprise licence confirmation in the tenant.
    unavailable: [{ status: 400, messageIncludes: 'licens', reason: 'not_licensed' }],
  },
  // The text of the script is a base64 value among the settings.
  settingsCatalogType({
    key: 'linuxScriptPolicies',
    displayName: 'Linux platform scripts',
    families: ['deviceConfigurationScripts'],
  }),
]);
