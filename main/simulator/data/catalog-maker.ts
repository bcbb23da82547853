import type { JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamp } from './maker-context.ts';
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

/** A settings catalog or endpoint security policy; some have more settings than one page holds. */
export const makeConfigurationPolicy: ObjectMaker = (context, index) => {
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
