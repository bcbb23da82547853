import type { JsonRecord } from '../json.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { base64, makeAssignments, scopeTags, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

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

/** A device configuration; eight kinds take turns, update rings and a custom profile with a masked value among them. */
export const makeDeviceConfiguration: ObjectMaker = (context, index) => {
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
