import { collectionPart, storedObject } from '../tenant.ts';
import { assigned } from './script-makers.ts';
import type { JsonRecord } from '../json.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { timestamp, timestamps } from './maker-context.ts';

const makeEnrollmentConfiguration: ObjectMaker = (context, index) => {
  const { random } = context;
  const guid = random.guid();
  const [kind, suffix, extra]: [string, string, JsonRecord] = (
    [
      ['deviceEnrollmentLimitConfiguration', 'DefaultLimit', { limit: 15 }],
      [
        'deviceEnrollmentPlatformRestrictionsConfiguration',
        'DefaultPlatformRestrictions',
        {
          windowsRestriction: {
            platformBlocked: false,
            personalDeviceEnrollmentBlocked: true,
            osMinimumVersion: null,
            osMaximumVersion: null,
          },
        },
      ],
      [
        'deviceEnrollmentWindowsHelloForBusinessConfiguration',
        'DefaultWindowsHelloForBusiness',
        { pinMinimumLength: 6, state: 'enabled' },
      ],
      [
        'windows10EnrollmentCompletionPageConfiguration',
        'Windows10EnrollmentCompletionPageConfiguration',
        { showInstallationProgress: true, installProgressTimeoutInMinutes: 60, selectedMobileAppIds: [] },
      ],
      [
        'deviceEnrollmentPlatformRestrictionConfiguration',
        'SinglePlatformRestriction',
        {
          platformType: 'ios',
          platformRestriction: { platformBlocked: false, personalDeviceEnrollmentBlocked: false },
        },
      ],
    ] as [string, string, JsonRecord][]
  )[index % 5]!;
  const isDefault = index < 3;
  const id = `${guid}_${suffix}`;
  return assigned(context, id, {
    '@odata.type': `#microsoft.graph.${kind}`,
    id,
    displayName: isDefault ? 'All users and all devices' : `Enrollment - ${suffix} ${index + 1}`,
    description: isDefault ? 'This is the default configuration applied with the lowest priority.' : '',
    priority: isDefault ? 0 : index,
    ...timestamps(random),
    version: 1,
    roleScopeTagIds: ['0'],
    deviceEnrollmentConfigurationType: kind.replace(/Configuration$/, ''),
    ...extra,
  });
};

const makeAutopilotProfile: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    '@odata.type': `#microsoft.graph.${index % 3 === 2 ? 'activeDirectory' : 'azureAD'}WindowsAutopilotDeploymentProfile`,
    id,
    displayName: `Autopilot - ${random.pick(['User driven', 'Self deploying', 'Shared'])} ${index + 1}`,
    description: '',
    locale: 'os-default',
    ...timestamps(random),
    hardwareHashExtractionEnabled: true,
    deviceNameTemplate: `AF-%SERIAL%`,
    deviceType: 'windowsPc',
    enableWhiteGlove: false,
    roleScopeTagIds: ['0'],
    managementServiceAppId: null,
    outOfBoxExperienceSetting: {
      privacySettingsHidden: true,
      eulaHidden: true,
      userType: 'standard',
      deviceUsageType: 'singleUser',
      keyboardSelectionPageSkipped: true,
      escapeLinkHidden: true,
    },
    enrollmentStatusScreenSettings: null,
  });
};

const makeCategory: ObjectMaker = (context, index) => {
  const id = context.random.guid();
  return storedObject(id, {
    id,
    displayName: `Category ${index + 1}`,
    description: `Devices of kind ${index + 1}`,
    roleScopeTagIds: ['0'],
  });
};

const makeFilter: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const platform = random.pick(['windows10AndLater', 'iOS', 'macOS', 'androidForWork']);
  return storedObject(id, {
    id,
    ...timestamps(random),
    displayName: `Filter - ${platform} ${index + 1}`,
    description: '',
    platform,
    rule: `(device.manufacturer -eq "Maker ${random.integer(1, 9)}")`,
    roleScopeTags: ['0'],
    payloads: [],
    assignmentFilterManagementType: 'devices',
  });
};

const makeScopeTag: ObjectMaker = (context, index) => {
  const id = String(index);
  return assigned(context, id, {
    id,
    displayName: index === 0 ? 'Default' : `Site ${index}`,
    description: index === 0 ? 'Default Role Scope Tag' : '',
    isBuiltIn: index === 0,
  });
};

const makeRoleDefinition: ObjectMaker = (context, index) => {
  const id = context.random.guid();
  const actions = ['Microsoft.Intune_ManagedDevices_Read', 'Microsoft.Intune_DeviceConfigurations_Read'];
  const object = storedObject(id, {
    '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleDefinition',
    id,
    displayName: `Service desk level ${index + 1}`,
    description: 'Custom role',
    isBuiltInRoleDefinition: false,
    isBuiltIn: false,
    roleScopeTagIds: ['0'],
    permissions: [
      { actions, resourceActions: [{ allowedResourceActions: actions, notAllowedResourceActions: [] }] },
    ],
    rolePermissions: [
      { actions, resourceActions: [{ allowedResourceActions: actions, notAllowedResourceActions: [] }] },
    ],
  });
  object.parts.set(
    'roleAssignments',
    collectionPart([
      {
        id: context.random.guid(),
        displayName: `Desk ${index + 1}`,
        description: '',
        scopeMembers: [],
        scopeType: 'resourceScope',
        resourceScopes: [],
      },
    ]),
  );
  return object;
};

const makeRoleAssignment: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const object = storedObject(id, {
    '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleAssignment',
    id,
    displayName: `Role assignment ${index + 1}`,
    description: '',
    scopeMembers: [random.pick(context.groups).id],
    scopeType: 'resourceScope',
    resourceScopes: [random.pick(context.groups).id],
    members: [random.pick(context.groups).id],
  });
  object.parts.set('roleDefinition', {
    kind: 'single',
    body: { id: random.guid(), displayName: 'Help Desk Operator', isBuiltIn: true },
  });
  object.parts.set('roleScopeTags', collectionPart([]));
  return object;
};

const makeNotification: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const object = storedObject(id, {
    id,
    lastModifiedDateTime: timestamp(random),
    displayName: `Notice ${index + 1}`,
    description: null,
    defaultLocale: 'en-us',
    brandingOptions: 'includeCompanyLogo,includeContactInformation',
    roleScopeTagIds: ['0'],
  });
  object.parts.set(
    'localizedNotificationMessages',
    collectionPart(
      ['en-us', 'de-de', 'ja-jp'].slice(0, random.integer(1, 3)).map((locale) => ({
        id: `${id}_${locale}`,
        lastModifiedDateTime: timestamp(random),
        locale,
        subject: 'Your device needs attention',
        messageTemplate: `Please contact ${context.organization}.`,
        isDefault: locale === 'en-us',
      })),
    ),
  );
  return object;
};

/** Makers of enrollment and foundations, by list path. */
export const managementMakers: Readonly<Record<string, ObjectMaker>> = {
  '/deviceManagement/deviceEnrollmentConfigurations': makeEnrollmentConfiguration,
  '/deviceManagement/windowsAutopilotDeploymentProfiles': makeAutopilotProfile,
  '/deviceManagement/deviceCategories': makeCategory,
  '/deviceManagement/assignmentFilters': makeFilter,
  '/deviceManagement/roleScopeTags': makeScopeTag,
  '/deviceManagement/roleDefinitions': makeRoleDefinition,
  '/deviceManagement/roleAssignments': makeRoleAssignment,
  '/deviceManagement/notificationMessageTemplates': makeNotification,
};
