import type { PolicyType } from './policy-type.ts';
import { collection, entraTypes } from './policy-type-builders.ts';

/** Sets of ids and names inside the conditions and controls of a policy. */
const conditionSets = Object.fromEntries(
  [
    'conditions.clientAppTypes',
    'conditions.userRiskLevels',
    'conditions.signInRiskLevels',
    'conditions.servicePrincipalRiskLevels',
    ...['Users', 'Groups', 'Roles'].flatMap((kind) => [
      `conditions.users.include${kind}`,
      `conditions.users.exclude${kind}`,
    ]),
    'conditions.applications.includeApplications',
    'conditions.applications.excludeApplications',
    'conditions.applications.includeUserActions',
    'conditions.applications.includeAuthenticationContextClassReferences',
    'conditions.clientApplications.includeServicePrincipals',
    'conditions.clientApplications.excludeServicePrincipals',
    'conditions.locations.includeLocations',
    'conditions.locations.excludeLocations',
    'conditions.platforms.includePlatforms',
    'conditions.platforms.excludePlatforms',
    'grantControls.builtInControls',
    'grantControls.customAuthenticationFactors',
    'grantControls.termsOfUse',
    'grantControls.authenticationStrength.allowedCombinations',
  ].map((path) => [path, null]),
);

/**
 * Conditional access allows one request a second for the tenant over all apps, and refuses without saying how
 * long. The lists give full rows: never one read for each policy.
 */
export const conditionalAccessTypes: readonly PolicyType[] = entraTypes('Conditional access', [
  {
    // beta, because v1.0 leaves out policies that use preview conditions.
    key: 'conditionalAccessPolicies',
    displayName: 'Conditional access policies',
    apiVersion: 'beta',
    listPath: '/identity/conditionalAccess/policies',
    // An authentication strength stands inside with dates and annotations of its own.
    volatile: [
      'modifiedDateTime',
      'authenticationStrength@odata.context',
      'combinationConfigurations@odata.context',
    ],
    sets: conditionSets,
    permission: 'Policy.Read.All',
    throttleGroup: 'conditionalAccess',
  },
  {
    key: 'namedLocations',
    displayName: 'Named locations',
    listPath: '/identity/conditionalAccess/namedLocations',
    volatile: ['modifiedDateTime'],
    sets: { ipRanges: 'cidrAddress', countriesAndRegions: null },
    permission: 'Policy.Read.All',
    throttleGroup: 'conditionalAccess',
    odataTypes: [
      'compliantNetworkNamedLocation',
      'countryNamedLocation',
      'ipNamedLocation',
      'privateLinkNamedLocation',
      'serviceTagNamedLocation',
    ],
  },
  {
    key: 'authenticationStrengthPolicies',
    displayName: 'Authentication strengths',
    listPath: '/policies/authenticationStrengthPolicies',
    children: [collection('combinationConfigurations')],
    volatile: ['modifiedDateTime'],
    sets: {
      allowedCombinations: null,
      combinationConfigurations: 'id',
      'combinationConfigurations[].appliesToCombinations': null,
      'combinationConfigurations[].allowedAAGUIDs': null,
      'combinationConfigurations[].allowedIssuerSkis': null,
      'combinationConfigurations[].allowedPolicyOIDs': null,
    },
    permission: 'Policy.Read.AuthenticationMethod',
    alsoAccepted: ['Policy.Read.All'],
  },
  {
    // Ids are c1 to c99.
    key: 'authenticationContextClassReferences',
    displayName: 'Authentication contexts',
    listPath: '/identity/conditionalAccess/authenticationContextClassReferences',
    permission: 'AuthenticationContext.Read.All',
    alsoAccepted: ['Policy.Read.ConditionalAccess'],
    throttleGroup: 'conditionalAccess',
  },
  {
    key: 'termsOfUseAgreements',
    displayName: 'Terms of use agreements',
    listPath: '/identityGovernance/termsOfUse/agreements',
    // About the PDF files; their bytes are not in lists.
    children: [collection('files', { below: 'file/localizations', importance: 'enrichment' })],
    permission: null,
  },
]);
