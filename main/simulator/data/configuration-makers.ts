import type { Json, JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { StoredObject } from '../tenant.ts';
import { makeConfigurationPolicy } from './catalog-maker.ts';
import { makeDeviceConfiguration } from './device-configuration-maker.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { makeAssignments, scopeTags, timestamp, timestamps } from './maker-context.ts';

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
