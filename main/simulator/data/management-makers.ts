import { collectionPart, storedObject } from '../tenant.ts';
import type { JsonRecord } from '../json.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamp, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

function assigned(context: MakerContext, id: string, body: JsonRecord) {
  const object = storedObject(id, body);
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
}

function powershell(index: number): string {
  return base64(
    `# Keeps the printers of floor ${index % 7}\r\n$ErrorActionPreference = 'Stop'\r\nGet-Printer | Where-Object Shared -eq $true\r\nexit 0 # revision ${index}\r\n`,
  );
}

const makeScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    enforceSignatureCheck: false,
    runAs32Bit: random.chance(0.3),
    id,
    displayName: `Script - ${random.pick(['Map drives', 'Clean profile', 'Install fonts', 'Set wallpaper'])} ${index + 1}`,
    description: '',
    scriptContent: powershell(index),
    ...timestamps(random),
    runAsAccount: random.pick(['system', 'user']),
    fileName: `script-${index + 1}.ps1`,
    roleScopeTagIds: scopeTags(context),
  });
};

const makeShellScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    executionFrequency: 'P1D',
    retryCount: 3,
    blockExecutionNotifications: true,
    id,
    displayName: `macOS - ${random.pick(['Set time server', 'Install agent', 'Rename device'])} ${index + 1}`,
    description: '',
    scriptContent: base64(`#!/bin/zsh\n# revision ${index}\nexit 0\n`),
    ...timestamps(random),
    runAsAccount: 'system',
    fileName: `script-${index + 1}.sh`,
    roleScopeTagIds: scopeTags(context),
  });
};

const makeHealthScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    id,
    publisher: index === 0 ? 'Microsoft' : context.organization,
    version: '1.0',
    displayName:
      index === 0
        ? 'Update stale Group Policies'
        : `Remediation - ${random.pick(['Disk space', 'Stale proxy', 'Fast startup'])} ${index}`,
    description: '',
    detectionScriptContent: powershell(index),
    remediationScriptContent: powershell(index + 100),
    ...timestamps(random),
    runAsAccount: 'system',
    enforceSignatureCheck: false,
    runAs32Bit: false,
    roleScopeTagIds: scopeTags(context),
    isGlobalScript: index === 0,
    highestAvailableVersion: index === 0 ? '1.0' : null,
    deviceHealthScriptType: 'deviceHealthScript',
    detectionScriptParameters: [],
    remediationScriptParameters: [],
  });
};

const makeComplianceScript: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  return assigned(context, id, {
    id,
    publisher: context.organization,
    version: '1',
    displayName: `Compliance script ${index + 1}`,
    description: null,
    detectionScriptContent: powershell(index),
    ...timestamps(random),
    runAsAccount: 'system',
    enforceSignatureCheck: false,
    runAs32Bit: false,
    roleScopeTagIds: scopeTags(context),
  });
};

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

/** Makers of scripts, enrollment and foundations, by list path. */
export const managementMakers: Readonly<Record<string, ObjectMaker>> = {
  '/deviceManagement/deviceManagementScripts': makeScript,
  '/deviceManagement/deviceShellScripts': makeShellScript,
  '/deviceManagement/deviceHealthScripts': makeHealthScript,
  '/deviceManagement/deviceComplianceScripts': makeComplianceScript,
  '/deviceManagement/deviceEnrollmentConfigurations': makeEnrollmentConfiguration,
  '/deviceManagement/windowsAutopilotDeploymentProfiles': makeAutopilotProfile,
  '/deviceManagement/deviceCategories': makeCategory,
  '/deviceManagement/assignmentFilters': makeFilter,
  '/deviceManagement/roleScopeTags': makeScopeTag,
  '/deviceManagement/roleDefinitions': makeRoleDefinition,
  '/deviceManagement/roleAssignments': makeRoleAssignment,
  '/deviceManagement/notificationMessageTemplates': makeNotification,
};
