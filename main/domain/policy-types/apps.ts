import type { PolicyType } from './policy-type.ts';
import { assignments, collection, intuneTypes, type PolicyTypeDraft } from './policy-type-builders.ts';

/**
 * App protection: apps and assignments come by expand, because the assignments' own path has answered
 * "No method match route template". The mixed list managedAppPolicies gives neither.
 */
const appProtection = {
  listQuery: { expand: 'apps,assignments' },
  children: [
    collection('apps', { inline: 'list' }),
    assignments({ inline: 'list', nonEmptyProperty: 'isAssigned' }),
  ],
  volatile: ['version', 'deployedAppCount', 'isAssigned'],
  sets: {
    apps: 'mobileAppIdentifier',
    allowedDataIngestionLocations: null,
    allowedDataStorageLocations: null,
    exemptedAppProtocols: 'name',
    exemptedAppPackages: 'name',
    approvedKeyboards: 'name',
    exemptedUniversalLinks: null,
    managedUniversalLinks: null,
  },
} satisfies Partial<PolicyTypeDraft>;

/** Windows Information Protection is retired; old tenants still hold rows. */
const informationProtection = {
  priority: 'extended',
  listQuery: { expand: 'assignments' },
  children: [
    assignments({ inline: 'list', nonEmptyProperty: 'isAssigned' }),
    collection('protectedAppLockerFiles'),
    collection('exemptAppLockerFiles'),
  ],
  volatile: ['version', 'isAssigned'],
  sets: { protectedAppLockerFiles: 'id', exemptAppLockerFiles: 'id' },
  permission: 'DeviceManagementApps.Read.All',
} satisfies Partial<PolicyTypeDraft>;

export const appTypes: readonly PolicyType[] = intuneTypes('Apps', [
  {
    // The app's files cannot be downloaded: what is kept is the app's configuration.
    key: 'mobileApps',
    displayName: 'Applications',
    listPath: '/deviceAppManagement/mobileApps',
    // Leaves out hundreds of built-in store apps that nobody in the tenant chose.
    listQuery: {
      filter:
        "(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)",
    },
    // Rows lack everything of the derived types (command lines, rules), the icon and the scope tags.
    detailGetRequired: true,
    children: [
      assignments({ nonEmptyProperty: 'isAssigned' }),
      collection('categories'),
      // Dependencies and supersedence: some kinds of app have no such path.
      collection('relationships', { absentStatuses: [400, 404] }),
    ],
    volatile: [
      'uploadState',
      'publishingState',
      'isAssigned',
      'dependentAppCount',
      'supersedingAppCount',
      'supersededAppCount',
      'committedContentVersion',
      'size',
      'usedLicenseCount',
      'totalLicenseCount',
    ],
    sets: { categories: 'id', relationships: 'id' },
    permission: 'DeviceManagementApps.Read.All',
    odataTypes: [
      'androidForWorkApp',
      'androidLobApp',
      'androidManagedStoreApp',
      'androidManagedStoreWebApp',
      'androidStoreApp',
      'iosLobApp',
      'iosStoreApp',
      'iosVppApp',
      'iosiPadOSWebClip',
      'macOSDmgApp',
      'macOSLobApp',
      'macOSMicrosoftDefenderApp',
      'macOSMicrosoftEdgeApp',
      'macOSOfficeSuiteApp',
      'macOSPkgApp',
      'macOSWebClip',
      'macOsVppApp',
      'managedAndroidLobApp',
      'managedAndroidStoreApp',
      'managedApp',
      'managedIOSLobApp',
      'managedIOSStoreApp',
      'managedMobileLobApp',
      'microsoftStoreForBusinessApp',
      'mobileLobApp',
      'officeSuiteApp',
      'webApp',
      'win32CatalogApp',
      'win32LobApp',
      'winGetApp',
      'windowsAppX',
      'windowsMicrosoftEdgeApp',
      'windowsMobileMSI',
      'windowsPhone81AppX',
      'windowsPhone81AppXBundle',
      'windowsPhone81StoreApp',
      'windowsPhoneXAP',
      'windowsStoreApp',
      'windowsUniversalAppX',
      'windowsWebApp',
    ],
  },
  {
    // Names of the targeted apps come from mobileApps. Payloads may embed secrets, but are the configuration.
    key: 'mobileAppConfigurations',
    displayName: 'App configuration policies (managed devices)',
    listPath: '/deviceAppManagement/mobileAppConfigurations',
    children: [assignments()],
    volatile: ['version'],
    sets: { targetedMobileApps: null, settings: 'appConfigKey', permissionActions: 'permission' },
    permission: 'DeviceManagementApps.Read.All',
    odataTypes: [
      'androidForWorkMobileAppConfiguration',
      'androidManagedStoreAppConfiguration',
      'iosMobileAppConfiguration',
    ],
  },
  {
    key: 'targetedManagedAppConfigurations',
    displayName: 'App configuration policies (managed apps)',
    listPath: '/deviceAppManagement/targetedManagedAppConfigurations',
    listQuery: { expand: 'apps,assignments' },
    children: [
      collection('apps', { inline: 'list' }),
      assignments({ inline: 'list', nonEmptyProperty: 'isAssigned' }),
      // Newer policies keep settings catalog values here; for others the path may not exist.
      collection('settings', { absentStatuses: [400, 404] }),
    ],
    volatile: ['version', 'deployedAppCount', 'isAssigned'],
    sets: {
      apps: 'mobileAppIdentifier',
      customSettings: 'name',
      settings: 'settingInstance.settingDefinitionId',
    },
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    ...appProtection,
    key: 'iosManagedAppProtections',
    displayName: 'App protection policies iOS/iPadOS',
    listPath: '/deviceAppManagement/iosManagedAppProtections',
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    ...appProtection,
    key: 'androidManagedAppProtections',
    displayName: 'App protection policies Android',
    listPath: '/deviceAppManagement/androidManagedAppProtections',
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    ...appProtection,
    key: 'windowsManagedAppProtections',
    displayName: 'App protection policies Windows',
    listPath: '/deviceAppManagement/windowsManagedAppProtections',
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementApps.Read.All'],
  },
  {
    ...informationProtection,
    key: 'mdmWindowsInformationProtectionPolicies',
    displayName: 'Windows Information Protection (with enrollment)',
    listPath: '/deviceAppManagement/mdmWindowsInformationProtectionPolicies',
  },
  {
    ...informationProtection,
    key: 'windowsInformationProtectionPolicies',
    displayName: 'Windows Information Protection (without enrollment)',
    listPath: '/deviceAppManagement/windowsInformationProtectionPolicies',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
  },
  {
    key: 'defaultManagedAppProtections',
    displayName: 'Default app protection policies',
    priority: 'extended',
    listPath: '/deviceAppManagement/defaultManagedAppProtections',
    listQuery: { expand: 'apps' },
    children: [collection('apps', { inline: 'list' })],
    volatile: ['version', 'deployedAppCount'],
    sets: { apps: 'mobileAppIdentifier', customSettings: 'name' },
    permission: 'DeviceManagementApps.Read.All',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
  },
  {
    key: 'mobileAppCategories',
    displayName: 'App categories',
    listPath: '/deviceAppManagement/mobileAppCategories',
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    // The list refuses to expand assignments.
    key: 'policySets',
    displayName: 'Policy sets',
    listPath: '/deviceAppManagement/policySets',
    children: [collection('items'), assignments()],
    volatile: ['status', 'errorCode'],
    sets: { items: 'payloadId', guidedDeploymentTags: null },
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'iosLobAppProvisioningConfigurations',
    displayName: 'iOS app provisioning profiles',
    priority: 'extended',
    listPath: '/deviceAppManagement/iosLobAppProvisioningConfigurations',
    // payload may be null in the list.
    detailGetRequired: true,
    children: [assignments()],
    volatile: ['version'],
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    key: 'wdacSupplementalPolicies',
    displayName: 'App control (S mode) supplemental policies',
    priority: 'extended',
    listPath: '/deviceAppManagement/wdacSupplementalPolicies',
    children: [assignments()],
    volatile: ['version'],
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    // Rows may lack a display name; organizationName and appleId tell them apart.
    key: 'vppTokens',
    displayName: 'Apple volume purchase tokens',
    listPath: '/deviceAppManagement/vppTokens',
    volatile: ['lastSyncDateTime', 'lastSyncStatus', 'tokenActionResults', 'state'],
    secrets: ['token'],
    permission: 'DeviceManagementServiceConfig.Read.All',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
  },
  {
    key: 'managedEBooks',
    displayName: 'eBooks',
    priority: 'extended',
    listPath: '/deviceAppManagement/managedEBooks',
    children: [assignments()],
    volatile: ['usedLicenseCount', 'totalLicenseCount'],
    permission: 'DeviceManagementApps.Read.All',
    odataTypes: ['iosVppEBook'],
  },
]);
