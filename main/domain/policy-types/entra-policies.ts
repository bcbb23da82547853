import type { PolicyType } from './policy-type.ts';
import { collection, entraTypes, single, type PolicyTypeDraft } from './policy-type-builders.ts';

/** A settings object of the tenant under /policies: exists once and cannot be listed. */
function tenantPolicy(
  key: string,
  displayName: string,
  own: Partial<PolicyTypeDraft> & { path?: string } = {},
): PolicyTypeDraft {
  const { path, ...record } = own;
  return {
    key,
    displayName,
    shape: 'singleton',
    listPath: `/policies/${path ?? key}`,
    permission: 'Policy.Read.All',
    ...record,
  };
}

/** A list of policies that apps and principals are tied to. */
function policyList(key: string, displayName: string, own: Partial<PolicyTypeDraft> = {}): PolicyTypeDraft {
  return {
    key,
    displayName,
    priority: 'extended',
    listPath: `/policies/${key}`,
    volatile: ['deletedDateTime'],
    // Each definition is one JSON text; there is one in practice.
    sets: { definition: null },
    permission: 'Policy.Read.All',
    ...own,
  };
}

const crossTenantSets = Object.fromEntries(
  [
    'b2bCollaborationInbound',
    'b2bCollaborationOutbound',
    'b2bDirectConnectInbound',
    'b2bDirectConnectOutbound',
  ]
    .concat('tenantRestrictions')
    .flatMap((side) => [
      [`${side}.applications.targets`, 'target'],
      [`${side}.usersAndGroups.targets`, 'target'],
    ]),
) as Record<string, string>;

export const entraPolicyTypes: readonly PolicyType[] = entraTypes('Entra policies', [
  tenantPolicy('authenticationMethodsPolicy', 'Authentication methods policy', {
    // The singleton's own read brings the settings of each method.
    children: [collection('authenticationMethodConfigurations', { inline: 'list' })],
    volatile: ['lastModifiedDateTime'],
    sets: {
      authenticationMethodConfigurations: 'id',
      'authenticationMethodConfigurations[].includeTargets': 'id',
      'authenticationMethodConfigurations[].excludeTargets': 'id',
      'registrationEnforcement.authenticationMethodsRegistrationCampaign.includeTargets': 'id',
      'registrationEnforcement.authenticationMethodsRegistrationCampaign.excludeTargets': 'id',
    },
    permission: 'Policy.Read.AuthenticationMethod',
    alsoAccepted: ['Policy.Read.All'],
  }),
  // v1.0: one object. beta answers the same path with a collection of one row.
  tenantPolicy('authorizationPolicy', 'Authorization policy (user and guest defaults)', {
    sets: { 'defaultUserRolePermissions.permissionGrantPoliciesAssigned': null },
  }),
  tenantPolicy('securityDefaultsPolicy', 'Security defaults', {
    path: 'identitySecurityDefaultsEnforcementPolicy',
  }),
  tenantPolicy('adminConsentRequestPolicy', 'Admin consent request policy', {
    identityProperty: null,
    nameProperty: null,
    sets: { reviewers: 'query' },
    alsoAccepted: ['Directory.Read.All'],
  }),
  tenantPolicy('authenticationFlowsPolicy', 'Authentication flows policy (self-service sign-up)'),
  tenantPolicy('deviceRegistrationPolicy', 'Device registration (join) policy', {
    permission: 'Policy.Read.DeviceConfiguration',
  }),
  tenantPolicy('defaultAppManagementPolicy', 'Default app management policy'),
  tenantPolicy('crossTenantAccessPolicy', 'Cross-tenant access policy', {
    sets: { allowedCloudEndpoints: null },
  }),
  tenantPolicy('crossTenantAccessPolicyDefault', 'Cross-tenant access defaults', {
    path: 'crossTenantAccessPolicy/default',
    identityProperty: null,
    nameProperty: null,
    sets: crossTenantSets,
  }),
  {
    // The partner's tenant id is the identity; there is no id.
    key: 'crossTenantAccessPolicyPartners',
    displayName: 'Cross-tenant access partners',
    listPath: '/policies/crossTenantAccessPolicy/partners',
    identityProperty: 'tenantId',
    nameProperty: 'tenantId',
    // 404 where synchronisation with the partner was never set up.
    children: [single('identitySynchronization', { absentStatuses: [404] })],
    sets: crossTenantSets,
    permission: 'Policy.Read.All',
  },
  tenantPolicy('externalIdentitiesPolicy', 'External identities policy', { apiVersion: 'beta' }),
  policyList('permissionGrantPolicies', 'App consent (permission grant) policies', {
    priority: 'core',
    children: [collection('includes'), collection('excludes')],
    sets: {
      includes: 'id',
      excludes: 'id',
      ...Object.fromEntries(
        ['includes[].', 'excludes[].'].flatMap((side) => [
          [`${side}permissions`, null],
          [`${side}clientApplicationIds`, null],
          [`${side}clientApplicationTenantIds`, null],
          [`${side}clientApplicationPublisherIds`, null],
        ]),
      ),
    },
    permission: 'Policy.Read.PermissionGrant',
  }),
  policyList('tokenLifetimePolicies', 'Token lifetime policies'),
  policyList('tokenIssuancePolicies', 'Token issuance policies'),
  policyList('claimsMappingPolicies', 'Claims mapping policies'),
  policyList('homeRealmDiscoveryPolicies', 'Home realm discovery policies'),
  policyList('activityBasedTimeoutPolicies', 'Activity based timeout policies'),
  policyList('appManagementPolicies', 'App management policies', { sets: {} }),
  policyList('featureRolloutPolicies', 'Staged rollout policies', {
    children: [collection('appliesTo')],
    volatile: [],
    sets: { appliesTo: 'id' },
    permission: null,
  }),
  policyList('mobileDeviceManagementPolicies', 'MDM user scope (mobility)', {
    priority: 'core',
    apiVersion: 'beta',
    children: [collection('includedGroups')],
    volatile: [],
    sets: { includedGroups: 'id' },
    permission: null,
  }),
  policyList('mobileAppManagementPolicies', 'MAM user scope (mobility)', {
    priority: 'core',
    apiVersion: 'beta',
    children: [collection('includedGroups')],
    volatile: [],
    sets: { includedGroups: 'id' },
    permission: null,
  }),
  policyList('roleManagementPolicies', 'PIM role settings', {
    // Without both parts of the filter the service answers 400. Needs Entra ID P2.
    listQuery: { filter: "scopeId eq '/' and scopeType eq 'DirectoryRole'" },
    children: [collection('rules')],
    volatile: ['lastModifiedDateTime', 'lastModifiedBy'],
    sets: { rules: 'id', 'rules[].enabledRules': null },
    permission: 'RoleManagement.Read.Directory',
    alsoAccepted: ['RoleManagement.Read.All'],
  }),
]);
