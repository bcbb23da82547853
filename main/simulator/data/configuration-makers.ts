import type { Json, JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { StoredObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamp, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

const families: readonly [family: string, weight: number, label: string][] = [
  ['none', 24, ''],
  ['endpointSecurityAntivirus', 3, 'Defender Antivirus'],
  ['endpointSecurityDiskEncryption', 2, 'BitLocker'],
  ['endpointSecurityFirewall', 3, 'Firewall'],
  ['endpointSecurityEndpointDetectionAndResponse', 1, 'Endpoint detection'],
  ['endpointSecurityAttackSurfaceReduction', 3, 'Attack surface reduction'],
  ['endpointSecurityAccountProtection', 1, 'Local admin password'],
  ['baseline', 2, 'Security baseline'],
  ['deviceConfigurationScripts', 1, 'Linux script'],
  ['enrollmentConfiguration', 1, 'Device preparation'],
];
const familyDeck = families.flatMap(([family, weight, label]) =>
  Array.from({ length: weight }, () => [family, label] as const),
);

const catalogAreas = [
  'Edge',
  'Office',
  'OneDrive',
  'Windows Hello',
  'Delivery Optimization',
  'Power',
  'Start menu',
  'Privacy',
  'Credential Guard',
  'Printing',
  'Time zone',
  'Wi-Fi',
];
const catalogAims = [
  'Baseline',
  'Hardening',
  'User experience',
  'Kiosk',
  'Pilot',
  'Exception for finance',
  'Compatibility',
];

function type(name: string): JsonRecord {
  return { '@odata.type': `#microsoft.graph.deviceManagementConfiguration${name}` };
}

function settingInstance(random: MakerContext['random'], depth: number): JsonRecord {
  const kind = random.integer(0, depth > 0 ? 6 : 4);
  const definition = `device_vendor_msft_policy_config_${random.pick(['defender', 'browser', 'system', 'update', 'bitlocker'])}_${random.hex(6)}`;
  const head = { settingDefinitionId: definition, settingInstanceTemplateReference: null };
  if (kind <= 2) {
    return {
      ...type('ChoiceSettingInstance'),
      ...head,
      choiceSettingValue: {
        settingValueTemplateReference: null,
        value: `${definition}_${random.integer(0, 3)}`,
        children: depth > 0 && random.chance(0.3) ? [settingInstance(random, depth - 1)] : [],
      },
    };
  }
  if (kind === 3) {
    return {
      ...type('SimpleSettingInstance'),
      ...head,
      simpleSettingValue: random.chance(0.15)
        ? {
            ...type('SecretSettingValue'),
            settingValueTemplateReference: null,
            value: random.guid(),
            valueState: 'encryptedValueToken',
          }
        : {
            ...type('IntegerSettingValue'),
            settingValueTemplateReference: null,
            value: random.integer(0, 1440),
          },
    };
  }
  if (kind === 4) {
    return {
      ...type('SimpleSettingCollectionInstance'),
      ...head,
      simpleSettingCollectionValue: Array.from({ length: random.integer(1, 4) }, () => ({
        ...type('StringSettingValue'),
        settingValueTemplateReference: null,
        value: `https://${random.hex(6)}.example/*`,
      })),
    };
  }
  return {
    ...type('GroupSettingCollectionInstance'),
    ...head,
    groupSettingCollectionValue: [
      {
        settingValueTemplateReference: null,
        children: Array.from({ length: random.integer(1, 3) }, () => settingInstance(random, depth - 1)),
      },
    ],
  };
}

function settings(context: MakerContext, count: number): JsonRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    settingInstance: settingInstance(context.random, 2),
  }));
}

const makeConfigurationPolicy: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const [family, label] =
    index < families.length
      ? (families[index]!.filter((_, at) => at !== 1) as [string, string])
      : random.pick(familyDeck);
  // Every ninth policy has more settings than one page holds.
  const rows = settings(context, index % 9 === 4 ? random.integer(26, 60) : random.integer(1, 14));
  const assignments = makeAssignments(context, id);
  const isLinux = family === 'deviceConfigurationScripts';
  if (isLinux) {
    rows[0] = {
      id: '0',
      settingInstance: {
        '@odata.type': '#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance',
        settingDefinitionId: 'linux_customconfig_script',
        settingInstanceTemplateReference: null,
        simpleSettingValue: {
          '@odata.type': '#microsoft.graph.deviceManagementConfigurationStringSettingValue',
          settingValueTemplateReference: null,
          value: base64(`#!/bin/bash\nset -eu\nsystemctl enable --now unattended-upgrades # ${index}\n`),
        },
      },
    };
  }
  const object = storedObject(id, {
    id,
    createdDateTime: timestamp(random),
    creationSource: null,
    description: random.chance(0.5) ? `Kept by the service desk of ${context.organization}` : '',
    lastModifiedDateTime: timestamp(random, 40),
    name:
      label === ''
        ? `${random.pick(catalogAreas)} - ${random.pick(catalogAims)} ${index + 1}`
        : `${label} - ${random.pick(catalogAims)} ${index + 1}`,
    platforms: isLinux ? 'linux' : random.pick(['windows10', 'windows10', 'windows10', 'macOS', 'iOS']),
    priorityMetaData: null,
    roleScopeTagIds: scopeTags(context),
    settingCount: rows.length,
    technologies: isLinux
      ? 'linuxMdm'
      : random.pick(['mdm', 'mdm', 'mdm,microsoftSense', 'mdm,appleRemoteManagement']),
    isAssigned: assignments.length > 0,
    templateReference: {
      templateId: family === 'none' ? '' : `${random.guid()}_1`,
      templateFamily: family,
      templateDisplayName: family === 'none' ? null : label,
      templateDisplayVersion: family === 'none' ? null : 'Version 1',
    },
  });
  object.parts.set('settings', collectionPart(rows));
  object.parts.set('assignments', collectionPart(assignments));
  return object;
};

function deviceConfigurationBody(context: MakerContext, index: number): JsonRecord {
  const { random } = context;
  const prefix = '#microsoft.graph.';
  switch (index % 8) {
    case 0:
      return {
        '@odata.type': `${prefix}windows10CustomConfiguration`,
        omaSettings: [
          {
            '@odata.type': `${prefix}omaSettingString`,
            displayName: 'Wi-Fi profile',
            description: null,
            omaUri: './Vendor/MSFT/WiFi/Profile/Office/WlanXml',
            secretReferenceValueId: random.guid(),
            isEncrypted: true,
            value: '****',
          },
          {
            '@odata.type': `${prefix}omaSettingInteger`,
            displayName: 'Lock after minutes',
            description: 'Screen',
            omaUri: './Device/Vendor/MSFT/Policy/Config/DeviceLock/MaxInactivityTimeDeviceLock',
            secretReferenceValueId: null,
            isEncrypted: false,
            value: random.integer(5, 30),
            isReadOnly: false,
          },
          {
            '@odata.type': `${prefix}omaSettingStringXml`,
            displayName: 'Start layout',
            description: null,
            omaUri: './User/Vendor/MSFT/Policy/Config/Start/StartLayout',
            secretReferenceValueId: null,
            isEncrypted: false,
            fileName: 'layout.xml',
            value: base64('<LayoutModificationTemplate Version="1"/>'),
          },
        ],
      };
    case 1:
      return {
        '@odata.type': `${prefix}windowsUpdateForBusinessConfiguration`,
        deliveryOptimizationMode: 'httpOnly',
        automaticUpdateMode: 'autoInstallAtMaintenanceTime',
        microsoftUpdateServiceAllowed: true,
        driversExcluded: false,
        qualityUpdatesDeferralPeriodInDays: random.integer(0, 14),
        featureUpdatesDeferralPeriodInDays: random.integer(0, 120),
        qualityUpdatesPaused: false,
        featureUpdatesPaused: false,
        qualityUpdatesPauseExpiryDateTime: '0001-01-01T00:00:00Z',
        featureUpdatesPauseExpiryDateTime: '0001-01-01T00:00:00Z',
        qualityUpdatesPauseStartDate: null,
        featureUpdatesPauseStartDate: null,
        businessReadyUpdatesOnly: 'userDefined',
        installationSchedule: {
          '@odata.type': `${prefix}windowsUpdateActiveHoursInstall`,
          activeHoursStart: '08:00:00.0000000',
          activeHoursEnd: '17:00:00.0000000',
        },
      };
    case 2:
      return {
        '@odata.type': `${prefix}iosUpdateConfiguration`,
        isEnabled: true,
        activeHoursStart: '02:00:00.0000000',
        activeHoursEnd: '06:00:00.0000000',
        scheduledInstallDays: ['saturday', 'sunday'],
        utcTimeOffsetInMinutes: 60,
      };
    case 3:
      return {
        '@odata.type': `${prefix}windows10GeneralConfiguration`,
        passwordRequired: true,
        passwordMinimumLength: random.integer(8, 14),
        passwordBlockSimple: true,
        cameraBlocked: random.chance(0.5),
        cortanaBlocked: true,
        edgeSearchEngine: null,
        defenderScanType: 'quick',
        startMenuAppListVisibility: 'userDefined',
        bluetoothAllowedServices: ['0000110B-0000-1000-8000-00805F9B34FB'],
      };
    case 4:
      return {
        '@odata.type': `${prefix}windows10EndpointProtectionConfiguration`,
        applicationGuardEnabled: false,
        bitLockerEncryptDevice: true,
        firewallRules: [
          {
            displayName: 'Allow updates',
            action: 'allowed',
            localPortRanges: ['443'],
            trafficDirection: 'out',
          },
          {
            displayName: 'Block old file sharing',
            action: 'blocked',
            localPortRanges: ['139'],
            trafficDirection: 'in',
          },
        ],
      };
    case 5:
      return {
        '@odata.type': `${prefix}macOSGeneralDeviceConfiguration`,
        passwordRequired: true,
        passwordMinimumLength: 10,
        compliantAppsList: [],
        compliantAppListType: 'none',
      };
    case 6:
      return {
        '@odata.type': `${prefix}iosWiFiConfiguration`,
        networkName: `${context.organization} staff`,
        ssid: `staff-${index}`,
        connectAutomatically: true,
        wiFiSecurityType: 'wpaPersonal',
        proxySettings: 'none',
        preSharedKey: null,
      };
    default:
      return {
        '@odata.type': `${prefix}androidWorkProfileGeneralDeviceConfiguration`,
        passwordRequiredType: 'numericComplex',
        workProfileBlockScreenCapture: true,
        vpnAlwaysOnPackageIdentifier: null,
      };
  }
}

const makeDeviceConfiguration: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const { '@odata.type': kind, ...rest } = deviceConfigurationBody(context, index);
  const label = (typeof kind === 'string' ? kind : '')
    .replace(/^#microsoft\.graph\./, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  const object = storedObject(id, {
    '@odata.type': kind ?? null,
    id,
    ...timestamps(random),
    roleScopeTagIds: scopeTags(context),
    supportsScopeTags: true,
    deviceManagementApplicabilityRuleOsEdition: null,
    deviceManagementApplicabilityRuleOsVersion: null,
    deviceManagementApplicabilityRuleDeviceMode: null,
    description: random.chance(0.5) ? 'Rolled out with the spring refresh' : null,
    displayName: `${label} ${index + 1}`,
    version: random.integer(1, 9),
    ...rest,
  });
  object.parts.set(
    'assignments',
    collectionPart(makeAssignments(context, id, { extra: { intent: 'apply' } })),
  );
  return object;
};

const makeCompliancePolicy: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const [kind, extra]: [string, JsonRecord] = (
    [
      [
        'windows10CompliancePolicy',
        {
          bitLockerEnabled: true,
          osMinimumVersion: `10.0.${random.integer(19041, 26100)}.0`,
          secureBootEnabled: true,
          deviceCompliancePolicyScript: null,
        },
      ],
      [
        'iosCompliancePolicy',
        { passcodeRequired: true, securityBlockJailbrokenDevices: true, osMinimumVersion: '17.0' },
      ],
      ['macOSCompliancePolicy', { systemIntegrityProtectionEnabled: true, storageRequireEncryption: true }],
      [
        'androidWorkProfileCompliancePolicy',
        { securityPreventInstallAppsFromUnknownSources: true, passwordRequired: true },
      ],
    ] as [string, JsonRecord][]
  )[index % 4]!;
  const object = storedObject(id, {
    '@odata.type': `#microsoft.graph.${kind}`,
    roleScopeTagIds: scopeTags(context),
    id,
    ...timestamps(random),
    description: null,
    displayName: `Compliance - ${kind.replace('CompliancePolicy', '')} ${index + 1}`,
    version: random.integer(1, 6),
    passwordRequired: true,
    ...extra,
  });
  const rules = collectionPart([{ id: random.guid(), ruleName: null }]);
  if (rules.kind === 'collection') {
    rules.objects[0]!.parts.set(
      'scheduledActionConfigurations',
      collectionPart(
        ['block', ...(random.chance(0.5) ? ['notification'] : [])].map((actionType, row) => ({
          id: random.guid(),
          gracePeriodHours: row * 24,
          actionType,
          notificationTemplateId: '00000000-0000-0000-0000-000000000000',
          notificationMessageCCList: [],
        })),
      ),
    );
  }
  object.parts.set('scheduledActionsForRule', rules);
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
};

const makeGroupPolicyConfiguration: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const object = storedObject(id, {
    id,
    createdDateTime: timestamp(random),
    displayName: `ADMX - ${random.pick(['Outlook', 'OneDrive', 'Edge', 'Remote Desktop', 'Explorer'])} ${index + 1}`,
    description: '',
    roleScopeTagIds: scopeTags(context),
    policyConfigurationIngestionType: 'builtIn',
    lastModifiedDateTime: timestamp(random, 30),
  });
  const values = Array.from({ length: random.integer(1, 5) }, (): StoredObject => {
    const valueId = random.guid();
    const value = storedObject(valueId, {
      id: valueId,
      enabled: random.chance(0.8),
      configurationType: 'policy',
      ...timestamps(random),
    });
    value.parts.set('definition', {
      kind: 'single',
      body: {
        id: random.guid(),
        classType: random.pick(['user', 'machine']),
        displayName: random.pick([
          'Disable automatic archiving',
          'Silently sign in users',
          'Configure home page',
        ]),
        explainText: 'This policy setting controls the behaviour named above.',
        categoryPath: '\\Microsoft Outlook 2016\\Outlook Options',
        supportedOn: 'At least Windows 10',
        policyType: 'admxBacked',
        hasRelatedDefinitions: false,
        groupPolicyCategoryId: random.guid(),
        minDeviceCspVersion: '5.0',
        minUserCspVersion: '5.0',
        version: '1.0',
        lastModifiedDateTime: '2022-06-16T00:00:00Z',
      },
    });
    const presentations = collectionPart(
      Array.from({ length: random.integer(0, 2) }, (_, row) => ({
        '@odata.type':
          row === 0
            ? '#microsoft.graph.groupPolicyPresentationValueText'
            : '#microsoft.graph.groupPolicyPresentationValueDecimal',
        ...timestamps(random),
        id: random.guid(),
        value: row === 0 ? `value ${random.hex(4)}` : random.integer(1, 365),
      })),
    );
    if (presentations.kind === 'collection') {
      for (const presentation of presentations.objects) {
        presentation.parts.set('presentation', {
          kind: 'single',
          body: {
            '@odata.type': '#microsoft.graph.groupPolicyPresentationTextBox',
            label: 'Value',
            id: random.guid(),
            lastModifiedDateTime: '2022-06-16T00:00:00Z',
            defaultValue: null,
            required: false,
            maxLength: 1024,
          },
        });
      }
    }
    value.parts.set('presentationValues', presentations);
    return value;
  });
  object.parts.set('definitionValues', { kind: 'collection', objects: values });
  object.parts.set('assignments', collectionPart(makeAssignments(context, id)));
  return object;
};

const intentTemplates = ['e044e60e-5901-41ea-92c5-87e8b6edd6bb', '4356d05c-a4ab-4a07-9ece-739f7c792910'];

const makeIntent: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const assignments = makeAssignments(context, id);
  const object = storedObject(id, {
    id,
    displayName: `Intent - ${random.pick(['Antivirus', 'Firewall', 'Disk encryption'])} ${index + 1}`,
    description: '',
    isAssigned: assignments.length > 0,
    isMigratingToConfigurationPolicy: null,
    lastModifiedDateTime: timestamp(random),
    templateId: intentTemplates[index % 2]!,
    roleScopeTagIds: scopeTags(context),
  });
  const values: Json[] = [true, '"notConfigured"', 5];
  object.parts.set(
    'settings',
    collectionPart(
      values.map((value, row) => ({
        '@odata.type': '#microsoft.graph.deviceManagementBooleanSettingInstance',
        id: random.guid(),
        definitionId: `deviceConfiguration--windows10EndpointProtectionConfiguration_setting${row}`,
        valueJson: JSON.stringify(value),
        value,
      })),
    ),
  );
  object.parts.set(
    'categories',
    collectionPart([{ id: random.guid(), displayName: 'Microsoft Defender', hasRequiredSetting: false }]),
  );
  object.parts.set('assignments', collectionPart(assignments));
  return object;
};

/** Makers of configuration, endpoint security and compliance types, by list path. */
export const configurationMakers: Readonly<Record<string, ObjectMaker>> = {
  '/deviceManagement/configurationPolicies': makeConfigurationPolicy,
  '/deviceManagement/deviceConfigurations': makeDeviceConfiguration,
  '/deviceManagement/deviceCompliancePolicies': makeCompliancePolicy,
  '/deviceManagement/groupPolicyConfigurations': makeGroupPolicyConfiguration,
  '/deviceManagement/intents': makeIntent,
};
