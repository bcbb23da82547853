/** One refusal of the Entra token endpoint: behaviour facts, section 2. */
export interface TokenRefusal {
  error: string;
  aadsts: number;
  status: number;
  text: string;
}

/**
 * Every refusal that the simulator can give, by the name used in faults (`--fault token-secret-expired`).
 * Texts are in Microsoft's manner and name app and tenant where the real ones do, so that masking is tested.
 */
export const tokenRefusals = {
  'token-secret-expired': {
    error: 'invalid_client',
    aadsts: 7000222,
    status: 401,
    text: "The provided client secret keys for app '{app}' are expired. Create new keys for your app.",
  },
  'token-wrong-secret': {
    error: 'invalid_client',
    aadsts: 7000215,
    status: 401,
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.",
  },
  'token-certificate-unknown': {
    error: 'invalid_client',
    aadsts: 700027,
    status: 401,
    text: "Client assertion failed signature validation. The key was not found for app '{app}'.",
  },
  'token-assertion-invalid': {
    error: 'invalid_client',
    aadsts: 50012,
    status: 401,
    text: "Authentication failed: client assertion of app '{app}' is not valid.",
  },
  'token-certificate-invalid': {
    error: 'invalid_client',
    aadsts: 700030,
    status: 401,
    text: 'Invalid certificate: the subject name in the certificate is not authorized.',
  },
  'token-assertion-expired': {
    error: 'invalid_client',
    aadsts: 700024,
    status: 401,
    text: 'Client assertion is not within its valid time range.',
  },
  'token-no-credential': {
    error: 'invalid_client',
    aadsts: 7000218,
    status: 401,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  'token-credential-missing': {
    error: 'invalid_client',
    aadsts: 7000216,
    status: 401,
    text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
  'token-app-not-found': {
    error: 'unauthorized_client',
    aadsts: 700016,
    status: 400,
    text: "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  },
  'token-service-principal-missing': {
    error: 'unauthorized_client',
    aadsts: 7000229,
    status: 401,
    text: "The client application '{app}' is missing service principal in the tenant '{tenant}'.",
  },
  'token-app-disabled': {
    error: 'unauthorized_client',
    aadsts: 7000112,
    status: 400,
    text: "Application '{app}' is disabled.",
  },
  'token-tenant-not-found': {
    error: 'invalid_request',
    aadsts: 90002,
    status: 400,
    text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
  },
  'token-tenant-other-cloud': {
    error: 'invalid_request',
    aadsts: 90038,
    status: 400,
    text: "Tenant '{tenant}' request is being redirected to the National Cloud 'MicrosoftOnline.US'.",
  },
  'token-consent-missing': {
    error: 'invalid_grant',
    aadsts: 65001,
    status: 400,
    text: "The user or administrator has not consented to use the application with ID '{app}'.",
  },
  'token-blocked': {
    error: 'invalid_grant',
    aadsts: 53003,
    status: 400,
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  },
  'token-blocked-by-security-policy': {
    error: 'unauthorized_client',
    aadsts: 530032,
    status: 401,
    text: "Blocked by Conditional Access policy set by the tenant '{tenant}' on the service principal.",
  },
  'token-loop': {
    error: 'invalid_grant',
    aadsts: 50196,
    status: 400,
    text: 'The server terminated an operation because it encountered a loop while processing a request.',
  },
  'token-busy-90006': {
    error: 'temporarily_unavailable',
    aadsts: 90006,
    status: 503,
    text: 'The service is temporarily unavailable.',
  },
  'token-busy-90012': {
    error: 'temporarily_unavailable',
    aadsts: 90012,
    status: 503,
    text: 'The request timed out.',
  },
  'token-busy-90024': {
    error: 'temporarily_unavailable',
    aadsts: 90024,
    status: 503,
    text: 'The request budget was exceeded: a transient error occurred.',
  },
  'token-busy': {
    error: 'temporarily_unavailable',
    aadsts: 90033,
    status: 503,
    text: 'A transient error has occurred. Please try again.',
  },
  'token-throttled': {
    error: 'temporarily_unavailable',
    aadsts: 90055,
    status: 429,
    text: 'The server has exceeded the request limit. Please try again.',
  },
  'token-busy-90090': {
    error: 'temporarily_unavailable',
    aadsts: 90090,
    status: 503,
    text: 'The service encountered a transient error.',
  },
  'token-authorization-pending': {
    error: 'authorization_pending',
    aadsts: 70016,
    status: 400,
    text: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
  },
  'token-authorization-declined': {
    error: 'authorization_declined',
    aadsts: 65004,
    status: 400,
    text: "User declined to consent to access the app '{app}'.",
  },
  'token-device-code-expired': {
    error: 'expired_token',
    aadsts: 70020,
    status: 400,
    text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
  },
  'token-device-code-unknown': {
    error: 'bad_verification_code',
    aadsts: 70018,
    status: 400,
    text: "The provided value for the input parameter 'device_code' or 'code' is not valid.",
  },
  'token-code-invalid': {
    error: 'invalid_grant',
    aadsts: 70008,
    status: 400,
    text: "The provided authorization code or refresh token is invalid or has expired for the app '{app}'.",
  },
  'token-authorize-invalid': {
    error: 'invalid_request',
    aadsts: 50011,
    status: 400,
    text: "The redirect URI or the code challenge of the request does not match the app '{app}'.",
  },
  'token-sign-in-ended': {
    error: 'invalid_grant',
    aadsts: 50173,
    status: 400,
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
  },
  'token-interaction-required': {
    error: 'interaction_required',
    aadsts: 50076,
    status: 400,
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{app}'.",
  },
} as const satisfies Record<string, TokenRefusal>;

export type TokenRefusalName = keyof typeof tokenRefusals;

/** True for the name of a refusal in the table. */
export function isTokenRefusal(name: string): name is TokenRefusalName {
  return Object.hasOwn(tokenRefusals, name);
}
