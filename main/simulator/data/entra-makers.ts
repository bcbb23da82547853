import type { JsonRecord } from '../json.ts';
import { storedObject } from '../tenant.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { timestamp } from './maker-context.ts';

const makeConditionalAccessPolicy: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const usesStrength = index % 5 === 2;
  return storedObject(id, {
    id,
    templateId: null,
    displayName: `CA${String(index + 1).padStart(3, '0')} - ${random.pick(['Require MFA', 'Block legacy sign-in', 'Compliant device', 'Block unknown country', 'Session limit'])}`,
    createdDateTime: timestamp(random),
    modifiedDateTime: random.chance(0.8) ? timestamp(random) : null,
    state: random.pick(['enabled', 'enabled', 'disabled', 'enabledForReportingButNotEnforced']),
    partialEnablementStrategy: null,
    conditions: {
      userRiskLevels: [],
      signInRiskLevels: random.chance(0.2) ? ['high'] : [],
      clientAppTypes: ['all'],
      platforms: random.chance(0.3)
        ? { includePlatforms: ['all'], excludePlatforms: ['iOS', 'android'] }
        : null,
      locations:
        context.locationIds.length > 0 && random.chance(0.5)
          ? { includeLocations: ['All'], excludeLocations: [random.pick(context.locationIds)] }
          : null,
      times: null,
      deviceStates: null,
      devices: null,
      clientApplications: null,
      applications: {
        includeApplications: ['All'],
        excludeApplications: random.chance(0.3) ? ['d4ebce55-015a-49b5-a083-c84d1797ae8c'] : [],
        includeUserActions: [],
        includeAuthenticationContextClassReferences: [],
        applicationFilter: null,
      },
      users: {
        includeUsers: random.chance(0.5) ? ['All'] : [],
        excludeUsers: [],
        includeGroups: [random.pick(context.groups).id],
        excludeGroups: [
          context.groups.find((group) => group.name.startsWith('Break'))?.id ?? context.groups[0]!.id,
        ],
        includeRoles: random.chance(0.2) ? ['62e90394-69f5-4237-9190-012177145e10'] : [],
        excludeRoles: [],
        includeGuestsOrExternalUsers: null,
        excludeGuestsOrExternalUsers: null,
      },
    },
    grantControls: {
      operator: 'OR',
      builtInControls: usesStrength ? [] : [random.pick(['mfa', 'compliantDevice', 'block'])],
      customAuthenticationFactors: [],
      termsOfUse: context.termsOfUseIds.slice(0, 1),
      'authenticationStrength@odata.context': `https://graph.microsoft.com/beta/$metadata#identity/conditionalAccess/policies('${id}')/grantControls/authenticationStrength/$entity`,
      authenticationStrength: usesStrength
        ? {
            id: '00000000-0000-0000-0000-000000000004',
            createdDateTime: '2021-12-01T00:00:00Z',
            modifiedDateTime: '2021-12-01T00:00:00Z',
            displayName: 'Phishing-resistant MFA',
            description: 'Phishing-resistant, Passwordless methods for the strongest authentication',
            policyType: 'builtIn',
            requirementsSatisfied: 'mfa',
            allowedCombinations: ['windowsHelloForBusiness', 'fido2', 'x509CertificateMultiFactor'],
          }
        : null,
    },
    sessionControls: random.chance(0.2)
      ? {
          disableResilienceDefaults: null,
          signInFrequency: {
            value: 12,
            type: 'hours',
            authenticationType: 'primaryAndSecondaryAuthentication',
            frequencyInterval: 'timeBased',
            isEnabled: true,
          },
          persistentBrowser: null,
          cloudAppSecurity: null,
        }
      : null,
  });
};

const makeNamedLocation: ObjectMaker = (context, index) => {
  const { random } = context;
  const id = random.guid();
  const extra: JsonRecord =
    index % 2 === 0
      ? {
          isTrusted: true,
          ipRanges: [
            {
              '@odata.type': '#microsoft.graph.iPv4CidrRange',
              cidrAddress: `203.0.113.${random.integer(0, 15) * 16}/28`,
            },
            { '@odata.type': '#microsoft.graph.iPv6CidrRange', cidrAddress: '2001:db8::/32' },
          ],
        }
      : {
          countriesAndRegions: ['DE', 'AT', 'CH'].slice(0, random.integer(1, 3)),
          includeUnknownCountriesAndRegions: false,
          countryLookupMethod: 'clientIpAddress',
        };
  return storedObject(id, {
    '@odata.type':
      index % 2 === 0 ? '#microsoft.graph.ipNamedLocation' : '#microsoft.graph.countryNamedLocation',
    id,
    displayName: `Location ${index + 1}`,
    createdDateTime: timestamp(random),
    modifiedDateTime: timestamp(random),
    ...extra,
  });
};

const makeOrganization: ObjectMaker = (context) =>
  storedObject(context.tenantGuid, {
    id: context.tenantGuid,
    deletedDateTime: null,
    businessPhones: [],
    city: 'Example City',
    country: null,
    countryLetterCode: 'DE',
    createdDateTime: timestamp(context.random),
    displayName: context.organization,
    marketingNotificationEmails: [],
    onPremisesLastSyncDateTime: null,
    onPremisesSyncEnabled: null,
    preferredLanguage: 'en',
    securityComplianceNotificationMails: [],
    technicalNotificationMails: [`it@${context.domain}`],
    tenantType: 'AAD',
    directorySizeQuota: { used: context.random.integer(100, 900), total: 300_000 },
    assignedPlans: [
      {
        assignedDateTime: timestamp(context.random),
        capabilityStatus: 'Enabled',
        service: 'SCO',
        servicePlanId: 'c1ec4a95-1f05-45b3-a911-aa3fa01094f5',
      },
    ],
    provisionedPlans: [{ capabilityStatus: 'Enabled', provisioningStatus: 'Success', service: 'SCO' }],
    verifiedDomains: [
      { capabilities: 'Email', isDefault: true, isInitial: false, name: context.domain, type: 'Managed' },
    ],
  });

const makeDomain: ObjectMaker = (context, index) => {
  const id = index === 0 ? context.domain : `branch${index}.${context.domain}`;
  return storedObject(id, {
    id,
    authenticationType: 'Managed',
    availabilityStatus: null,
    isAdminManaged: true,
    isDefault: index === 0,
    isInitial: false,
    isRoot: index === 0,
    isVerified: true,
    passwordNotificationWindowInDays: 14,
    passwordValidityPeriodInDays: 2_147_483_647,
    supportedServices: ['Email'],
    state: null,
  });
};

const makePartner: ObjectMaker = (context) => {
  const id = context.random.guid();
  return storedObject(id, {
    tenantId: id,
    isServiceProvider: null,
    isInMultiTenantOrganization: false,
    inboundTrust: {
      isMfaAccepted: true,
      isCompliantDeviceAccepted: false,
      isHybridAzureADJoinedDeviceAccepted: false,
    },
    b2bCollaborationInbound: null,
    b2bCollaborationOutbound: null,
  });
};

const makeContextClass: ObjectMaker = (_context, index) =>
  storedObject(`c${index + 1}`, {
    id: `c${index + 1}`,
    displayName: `Step-up ${index + 1}`,
    description: 'Asks for stronger authentication',
    isAvailable: true,
  });

const makeDirectoryRole: ObjectMaker = (context, index) => {
  const id = context.random.guid();
  return storedObject(id, {
    id,
    description: 'Custom directory role',
    displayName: `Directory role ${index + 1}`,
    isBuiltIn: false,
    isEnabled: true,
    resourceScopes: ['/'],
    templateId: id,
    version: null,
    rolePermissions: [
      { allowedResourceActions: ['microsoft.directory/applications/create'], condition: null },
    ],
    inheritsPermissionsFrom: [],
  });
};

const makeRoleManagementPolicy: ObjectMaker = (context, index) => {
  const id = `DirectoryRole_${context.tenantGuid}_${context.random.guid()}`;
  return storedObject(id, {
    id,
    displayName: 'DirectoryRole',
    description: 'DirectoryRole',
    isOrganizationDefault: index === 0,
    scopeId: '/',
    scopeType: 'DirectoryRole',
    lastModifiedDateTime: null,
    lastModifiedBy: { displayName: null, id: null },
  });
};

/** Makers of Entra types, by list path. */
export const entraMakers: Readonly<Record<string, ObjectMaker>> = {
  '/identity/conditionalAccess/policies': makeConditionalAccessPolicy,
  '/identity/conditionalAccess/namedLocations': makeNamedLocation,
  '/identity/conditionalAccess/authenticationContextClassReferences': makeContextClass,
  '/organization': makeOrganization,
  '/domains': makeDomain,
  '/policies/crossTenantAccessPolicy/partners': makePartner,
  '/roleManagement/directory/roleDefinitions': makeDirectoryRole,
  '/policies/roleManagementPolicies': makeRoleManagementPolicy,
};
