import type { PolicyType } from './policy-type.ts';
import { assignments, collection, intuneTypes, single } from './policy-type-builders.ts';
import { settingsCatalogType } from './settings-catalog-list.ts';

export const enrollmentTypes: readonly PolicyType[] = intuneTypes('Enrollment', [
  {
    // Ids are compound (`guid_Kind`), not guids; the default of each kind has priority 0 and is named All users.
    key: 'deviceEnrollmentConfigurations',
    displayName: 'Enrollment restrictions, ESP, Windows Hello, co-management, enrollment notifications',
    listPath: '/deviceManagement/deviceEnrollmentConfigurations',
    children: [assignments()],
    volatile: ['version'],
    sets: { selectedMobileAppIds: null, notificationTemplates: null },
    permission: 'DeviceManagementServiceConfig.Read.All',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
    odataTypes: [
      'deviceComanagementAuthorityConfiguration',
      'deviceEnrollmentLimitConfiguration',
      'deviceEnrollmentNotificationConfiguration',
      'deviceEnrollmentPlatformRestrictionConfiguration',
      'deviceEnrollmentPlatformRestrictionsConfiguration',
      'deviceEnrollmentWindowsHelloForBusinessConfiguration',
      'windows10EnrollmentCompletionPageConfiguration',
      'windowsRestoreDeviceEnrollmentConfiguration',
    ],
  },
  {
    key: 'windowsAutopilotDeploymentProfiles',
    displayName: 'Windows Autopilot deployment profiles',
    listPath: '/deviceManagement/windowsAutopilotDeploymentProfiles',
    children: [assignments()],
    volatile: ['managementServiceAppId'],
    permission: 'DeviceManagementServiceConfig.Read.All',
    odataTypes: [
      'activeDirectoryWindowsAutopilotDeploymentProfile',
      'azureADWindowsAutopilotDeploymentProfile',
    ],
  },
  // Its enrollment-time device group can be had only by an action (POST), which we do not send: see not-offered.ts.
  settingsCatalogType({
    key: 'autopilotDevicePreparationPolicies',
    displayName: 'Autopilot device preparation policies',
    families: ['enrollmentConfiguration'],
  }),
  {
    // Devices, not policy. Never with a small page: $top=1 has repeated the same next link for ever.
    key: 'windowsAutopilotDeviceIdentities',
    displayName: 'Windows Autopilot devices (inventory)',
    priority: 'optional',
    listPath: '/deviceManagement/windowsAutopilotDeviceIdentities',
    volatile: [
      'lastContactedDateTime',
      'enrollmentState',
      'deploymentProfileAssignmentStatus',
      'deploymentProfileAssignedDateTime',
      'deploymentProfileAssignmentDetailedStatus',
    ],
    nameProperty: 'serialNumber',
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    key: 'depOnboardingSettings',
    displayName: 'Apple automated enrollment tokens and profiles',
    listPath: '/deviceManagement/depOnboardingSettings',
    nameProperty: 'tokenName',
    children: [
      collection('enrollmentProfiles'),
      // Which profile is the default; the profiles themselves say it too. 404 when none is chosen.
      single('defaultIosEnrollmentProfile', { importance: 'enrichment', absentStatuses: [404] }),
      single('defaultMacOsEnrollmentProfile', { importance: 'enrichment', absentStatuses: [404] }),
    ],
    volatile: [
      'lastSuccessfulSyncDateTime',
      'lastSyncTriggeredDateTime',
      'lastSyncErrorCode',
      'syncedDeviceCount',
    ],
    secrets: ['adminAccountPassword'],
    sets: { enrollmentProfiles: 'id' },
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    key: 'appleUserInitiatedEnrollmentProfiles',
    displayName: 'Apple user enrollment types',
    listPath: '/deviceManagement/appleUserInitiatedEnrollmentProfiles',
    children: [assignments()],
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    // Holds the public part of the certificate only.
    key: 'applePushNotificationCertificate',
    displayName: 'Apple MDM push certificate',
    shape: 'singleton',
    listPath: '/deviceManagement/applePushNotificationCertificate',
    nameProperty: 'appleIdentifier',
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementManagedDevices.Read.All'],
    throttleGroup: 'intuneDevices',
    // 404 or 400 when no certificate was ever uploaded.
    unavailable: [{ status: 400, reason: 'not_configured' }],
  },
  {
    key: 'androidManagedStoreAccountEnterpriseSettings',
    displayName: 'Managed Google Play binding',
    shape: 'singleton',
    listPath: '/deviceManagement/androidManagedStoreAccountEnterpriseSettings',
    nameProperty: 'ownerOrganizationName',
    volatile: ['lastAppSyncDateTime', 'lastAppSyncStatus'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    // Enrollment tokens let anyone enroll a device.
    key: 'androidDeviceOwnerEnrollmentProfiles',
    displayName: 'Android corporate enrollment profiles',
    listPath: '/deviceManagement/androidDeviceOwnerEnrollmentProfiles',
    volatile: ['enrolledDeviceCount', 'tokenExpirationDateTime', 'tokenCreationDateTime'],
    secrets: ['tokenValue', 'qrCodeContent', 'qrCodeImage', 'wifiPassword'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'androidForWorkEnrollmentProfiles',
    displayName: 'Android for Work enrollment profiles (old)',
    priority: 'optional',
    listPath: '/deviceManagement/androidForWorkEnrollmentProfiles',
    volatile: ['enrolledDeviceCount', 'tokenExpirationDateTime'],
    secrets: ['tokenValue', 'qrCodeContent', 'qrCodeImage'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'deviceCategories',
    displayName: 'Device categories',
    listPath: '/deviceManagement/deviceCategories',
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementManagedDevices.Read.All'],
  },
  {
    // Devices, not policy; long lists have ended in 504.
    key: 'importedDeviceIdentities',
    displayName: 'Corporate device identifiers',
    priority: 'optional',
    listPath: '/deviceManagement/importedDeviceIdentities',
    volatile: ['lastContactedDateTime', 'enrollmentState'],
    nameProperty: 'importedDeviceIdentifier',
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    key: 'chromeOSOnboardingSettings',
    displayName: 'ChromeOS connector',
    priority: 'extended',
    listPath: '/deviceManagement/chromeOSOnboardingSettings',
    volatile: ['lastDirectorySyncDateTime'],
    nameProperty: 'ownerUserPrincipalName',
    permission: 'DeviceManagementConfiguration.Read.All',
  },
]);
