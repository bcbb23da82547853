import type { JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

const products = [
  'PDF viewer',
  'Remote help',
  'Label printer',
  'Time sheet',
  'Password vault',
  'Video calls',
  'Route planner',
  'X-ray viewer',
];

function appBody(context: MakerContext, index: number): [kind: string, extra: JsonRecord] {
  const { random } = context;
  switch (index % 6) {
    case 0:
      return [
        'win32LobApp',
        {
          committedContentVersion: '1',
          fileName: 'setup.intunewin',
          size: random.integer(1_000_000, 90_000_000),
          installCommandLine: 'setup.exe /quiet',
          uninstallCommandLine: 'setup.exe /uninstall /quiet',
          applicableArchitectures: 'x64',
          minimumSupportedWindowsRelease: '21H2',
          detectionRules: [
            {
              '@odata.type': '#microsoft.graph.win32LobAppFileSystemDetection',
              path: 'C:\\Program Files\\Product',
              fileOrFolderName: 'product.exe',
              check32BitOn64System: false,
              detectionType: 'exists',
              operator: 'notConfigured',
              detectionValue: null,
            },
          ],
          requirementRules: [],
          rules: [],
          installExperience: { runAsAccount: 'system', deviceRestartBehavior: 'suppress' },
          returnCodes: [
            { returnCode: 0, type: 'success' },
            { returnCode: 3010, type: 'softReboot' },
          ],
          setupFilePath: 'setup.exe',
        },
      ];
    case 1:
      return [
        'winGetApp',
        {
          packageIdentifier: `9N${random.hex(8).toUpperCase()}`,
          manifestHash: random.hex(64),
          installExperience: { runAsAccount: 'user' },
        },
      ];
    case 2:
      return [
        'iosStoreApp',
        {
          bundleId: `com.example.app${index}`,
          appStoreUrl: 'https://apps.example/app',
          applicableDeviceType: { iPad: true, iPhoneAndIPod: true },
          minimumSupportedOperatingSystem: { v8_0: false, v16_0: true },
        },
      ];
    case 3:
      return ['webApp', { appUrl: `https://intranet.${context.domain}/${index}`, useManagedBrowser: false }];
    case 4:
      return [
        'managedIOSStoreApp',
        { appAvailability: 'global', version: null, bundleId: `com.example.managed${index}` },
      ];
    default:
      return [
        'officeSuiteApp',
        {
          autoAcceptEula: true,
          productIds: ['o365ProPlusRetail'],
          excludedApps: { access: true, groove: true, lync: true },
          officePlatformArchitecture: 'x64',
          updateChannel: 'monthlyEnterprise',
        },
      ];
  }
}

const makeApp: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const [kind, extra] = appBody(context, index);
  // Built-in managed apps are in every tenant; the usual filter hides those that nobody assigned.
  const assignments =
    kind === 'managedIOSStoreApp'
      ? []
      : makeAssignments(context, id, {
          extra: { intent: random.pick(['required', 'available', 'uninstall']), settings: null },
        });
  const object = storedObject(id, {
    '@odata.type': `#microsoft.graph.${kind}`,
    id,
    displayName: `${random.pick(products)} ${index + 1}`,
    description: 'Packaged by the service desk',
    publisher: random.pick(['Contoso', 'Fabrikam', context.organization]),
    largeIcon: { type: 'image/png', value: base64(`icon ${index}`) },
    ...timestamps(random),
    isFeatured: false,
    privacyInformationUrl: '',
    informationUrl: '',
    owner: '',
    developer: '',
    notes: '',
    uploadState: 1,
    publishingState: 'published',
    isAssigned: assignments.length > 0,
    roleScopeTagIds: scopeTags(context),
    dependentAppCount: 0,
    supersedingAppCount: 0,
    supersededAppCount: 0,
    ...extra,
  });
  object.parts.set('assignments', collectionPart(assignments));
  object.parts.set(
    'categories',
    collectionPart(
      random.chance(0.4)
        ? [{ id: random.guid(), displayName: 'Productivity', lastModifiedDateTime: '2025-01-01T00:00:00Z' }]
        : [],
    ),
  );
  object.parts.set(
    'relationships',
    collectionPart(
      kind === 'win32LobApp' && index > 6 && random.chance(0.5)
        ? [
            {
              '@odata.type': '#microsoft.graph.mobileAppDependency',
              id: `${id}_dep`,
              targetId: random.guid(),
              targetDisplayName: 'Runtime',
              targetType: 'child',
              dependencyType: 'autoInstall',
            },
          ]
        : [],
    ),
  );
  return object;
};

const makeAppConfiguration: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const isIos = index % 2 === 0;
  const object = storedObject(id, {
    '@odata.type': isIos
      ? '#microsoft.graph.iosMobileAppConfiguration'
      : '#microsoft.graph.androidManagedStoreAppConfiguration',
    id,
    targetedMobileApps: context.appIds.length > 0 ? [random.pick(context.appIds)] : [],
    roleScopeTagIds: scopeTags(context),
    ...timestamps(random),
    description: '',
    displayName: `App configuration ${index + 1}`,
    version: random.integer(1, 4),
    ...(isIos
      ? {
          encodedSettingXml: null,
          settings: [
            {
              appConfigKey: 'server',
              appConfigKeyType: 'stringType',
              appConfigKeyValue: `mail.${context.domain}`,
            },
          ],
        }
      : {
          packageId: 'app:com.example',
          payloadJson: base64('{"kind":"androidenterprise#managedConfiguration","managedProperty":[]}'),
          permissionActions: [],
          appSupportsOemConfig: false,
          profileApplicability: 'default',
        }),
  });
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
};

const identifiers: Readonly<Record<'ios' | 'android' | 'windows', (id: string) => JsonRecord>> = {
  ios: (id) => ({ '@odata.type': '#microsoft.graph.iosMobileAppIdentifier', bundleId: id }),
  android: (id) => ({ '@odata.type': '#microsoft.graph.androidMobileAppIdentifier', packageId: id }),
  windows: (id) => ({ '@odata.type': '#microsoft.graph.windowsAppIdentifier', windowsAppId: id }),
};

function managedApps(context: MakerContext, platform: 'ios' | 'android' | 'windows'): JsonRecord[] {
  return Array.from({ length: context.random.integer(1, 4) }, (_, index) => {
    const identifier = `com.example.${platform}.app${index}`;
    return {
      id: `${identifier}.${platform}`,
      version: context.random.hex(8),
      mobileAppIdentifier: identifiers[platform](identifier),
    };
  });
}

function protectionMaker(platform: 'ios' | 'android' | 'windows' | 'any'): ObjectMaker {
  return (context, index) => {
    const { random } = context;
    const id = `T_${random.guid()}`;
    const apps = managedApps(context, platform === 'any' ? 'ios' : platform);
    const assignments = makeAssignments(context, id);
    const object = storedObject(id, {
      id,
      displayName:
        platform === 'any'
          ? `Managed app settings ${index + 1}`
          : `App protection - ${platform} ${index + 1}`,
      description: '',
      ...timestamps(random),
      roleScopeTagIds: scopeTags(context),
      version: `"${random.hex(24)}"`,
      isAssigned: assignments.length > 0,
      deployedAppCount: apps.length,
      targetedAppManagementLevels: 'unspecified',
      appGroupType: 'selectedPublicApps',
      ...(platform === 'any'
        ? { customSettings: [{ name: 'com.example.server', value: `https://${context.domain}` }] }
        : {
            periodOfflineBeforeAccessCheck: 'PT12H',
            periodOnlineBeforeAccessCheck: 'PT30M',
            allowedOutboundDataTransferDestinations: 'managedApps',
            pinRequired: true,
            maximumPinRetries: 5,
            minimumPinLength: random.integer(4, 8),
            exemptedAppProtocols: [{ name: 'Default', value: 'skype;app-settings' }],
          }),
    });
    object.parts.set('apps', collectionPart(apps));
    object.parts.set('assignments', collectionPart(assignments));
    return object;
  };
}

const makePolicySet: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const object = storedObject(id, {
    id,
    ...timestamps(random),
    displayName: `Policy set ${index + 1}`,
    description: 'Everything a new device needs',
    status: 'validating',
    errorCode: 'noError',
    guidedDeploymentTags: [],
    roleScopeTags: ['0'],
  });
  object.parts.set(
    'items',
    collectionPart(
      Array.from({ length: random.integer(1, 5) }, () => ({
        '@odata.type': '#microsoft.graph.mobileAppPolicySetItem',
        id: `${id}_${random.guid()}`,
        ...timestamps(random),
        payloadId: context.appIds.length > 0 ? random.pick(context.appIds) : random.guid(),
        itemType: '#microsoft.graph.win32LobApp',
        displayName: random.pick(products),
        status: 'success',
        errorCode: 'noError',
        intent: 'required',
      })),
    ),
  );
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
};

/** Makers of apps and app policies, by list path. */
export const appMakers: Readonly<Record<string, ObjectMaker>> = {
  '/deviceAppManagement/mobileApps': makeApp,
  '/deviceAppManagement/mobileAppConfigurations': makeAppConfiguration,
  '/deviceAppManagement/targetedManagedAppConfigurations': protectionMaker('any'),
  '/deviceAppManagement/iosManagedAppProtections': protectionMaker('ios'),
  '/deviceAppManagement/androidManagedAppProtections': protectionMaker('android'),
  '/deviceAppManagement/windowsManagedAppProtections': protectionMaker('windows'),
  '/deviceAppManagement/policySets': makePolicySet,
};
