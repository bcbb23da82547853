import type { RunReason } from '../../shared/model/reasons.ts';

/** What the token endpoint said, reduced to what may be kept: no description, no ids. */
export interface TokenRefusal {
  status: number;
  /** OAuth error code, such as `invalid_client`. */
  error: string;
  /** AADSTS numbers. */
  codes: readonly number[];
}

/** What a refusal means for a run and for a technician. */
export interface SignInVerdict {
  /** Passing: worth another try after a pause. */
  isTransient: boolean;
  reason: RunReason;
  sentence: string;
  nextStep: string;
  /** The AADSTS number behind the verdict; null where the answer held none. */
  aadsts: number | null;
  /** How long the sign-in must not be tried again; null: the usual time. */
  holdMs: number | null;
}

interface VerdictText {
  reason: RunReason;
  sentence: string;
  nextStep: string;
  isTransient?: boolean;
  holdMs?: number;
}

const certificateRejected = (sentence: string): VerdictText => ({
  reason: 'auth_certificate_rejected',
  sentence,
  nextStep: "Compare the certificate with the one in the app registration, and check this computer's clock.",
});
const notInTenant = (sentence: string): VerdictText => ({
  reason: 'auth_consent_missing',
  sentence,
  nextStep: 'Check the tenant id, and have an administrator of the tenant open the consent link.',
});
const wrongTenant = (sentence: string): VerdictText => ({
  reason: 'auth_consent_missing',
  sentence,
  nextStep: 'Check the tenant id and the cloud of this tenant.',
});
const blocked = (sentence: string): VerdictText => ({
  reason: 'auth_blocked',
  sentence,
  nextStep: 'Review the sign-in log of the app in the tenant.',
});
const signInEnded = (sentence: string): VerdictText => ({
  reason: 'auth_sign_in_ended',
  sentence,
  nextStep: 'Sign in again for this tenant, or give it a certificate, which depends on no person.',
});
const ourFault = (sentence: string): VerdictText => ({
  reason: 'internal',
  sentence,
  nextStep: 'Store the credential again; if it happens once more, report it with the AADSTS number.',
});
const busy: VerdictText = {
  reason: 'graph_unavailable',
  sentence: 'Microsoft Entra is busy and refuses sign-ins for the moment.',
  nextStep: 'Wait a few minutes; the next run tries again.',
  isTransient: true,
};

/**
 * AADSTS numbers and what they mean (Microsoft identity platform, error codes; the text of an answer is not
 * stable and names app and tenant, so it is never used).
 */
const verdictsByNumber: ReadonlyMap<number, VerdictText> = new Map([
  [
    7000222,
    {
      reason: 'auth_secret_expired',
      sentence: 'The client secret has expired.',
      nextStep: 'Create a new client secret in the app registration and store it for this tenant.',
    },
  ],
  [
    7000215,
    {
      reason: 'auth_secret_expired',
      sentence: "The client secret is wrong; often the secret's id was copied in place of its value.",
      nextStep: 'Store the value of a client secret of this app for this tenant.',
    },
  ],
  [700027, certificateRejected('The certificate is not one of those in the app registration.')],
  [700030, certificateRejected('The certificate was refused as invalid.')],
  [50012, certificateRejected('The signature made with the certificate was refused.')],
  [700024, certificateRejected('The signed sign-in request was outside its time window.')],
  [7000218, ourFault('The sign-in request carried no credential.')],
  [7000216, ourFault('The sign-in request carried no credential.')],
  [
    700016,
    notInTenant('The app is not known in this tenant: it was never consented to, or the tenant id is wrong.'),
  ],
  [7000229, notInTenant('The app has no service principal in this tenant.')],
  [65001, notInTenant('Consent to the app is missing in this tenant.')],
  [7000112, blocked('The app is disabled in this tenant.')],
  [53003, blocked('A conditional access policy blocks the sign-in of the app.')],
  [530032, blocked("The tenant's security policy blocks the sign-in of the app.")],
  [90002, wrongTenant('There is no tenant with this id in this cloud.')],
  [90038, wrongTenant('The tenant belongs to another cloud.')],
  [
    50196,
    {
      reason: 'graph_unavailable',
      sentence: 'Microsoft Entra refused the sign-in because the same token was asked for too often.',
      nextStep: 'Wait some minutes, and check that no second program signs in with this app in a loop.',
      holdMs: 300_000,
    },
  ],
  ...[90006, 90012, 90024, 90033, 90055, 90090].map((number): [number, VerdictText] => [number, busy]),
]);

/** Numbers that mean something else where a person signed in. */
const verdictsForPersons: ReadonlyMap<number, VerdictText> = new Map([
  [
    7000218,
    {
      reason: 'auth_consent_missing',
      sentence: 'The app registration does not allow the sign-in of a person without a secret of the app.',
      nextStep: 'In the app registration, under Authentication, set "Allow public client flows" to yes.',
    },
  ],
  [50173, signInEnded('The sign-in was revoked, for example by a new password.')],
  [700082, signInEnded('The sign-in was not used for too long.')],
  [70043, signInEnded('The sign-in is older than the conditional access policies of the tenant allow.')],
  [50057, signInEnded('The account of the person who signed in is disabled.')],
  [50076, signInEnded('The tenant asks for a second factor.')],
  [50079, signInEnded('The person who signed in has to set up a second factor.')],
  [50078, signInEnded('The proof by a second factor has become too old.')],
  [70008, signInEnded('The sign-in has expired.')],
  [
    53003,
    {
      reason: 'auth_blocked',
      sentence: 'A conditional access policy blocks the sign-in of the person.',
      nextStep: 'Review the sign-in log of the person in the tenant, or use a certificate.',
    },
  ],
]);

/** Turns a refusal of the token endpoint into its meaning. Unknown numbers fall back to the OAuth error. */
export function judgeTokenRefusal(
  refusal: TokenRefusal,
  kind: 'secret' | 'certificate' | 'delegated',
): SignInVerdict {
  const ofKind = (code: number) =>
    (kind === 'delegated' ? verdictsForPersons.get(code) : undefined) ?? verdictsByNumber.get(code);
  const known = refusal.codes.find((code) => ofKind(code) !== undefined);
  const text = known === undefined ? byOAuthError(refusal, kind) : ofKind(known)!;
  return {
    isTransient: text.isTransient ?? false,
    reason: text.reason,
    sentence: text.sentence,
    nextStep: text.nextStep,
    aadsts: known ?? refusal.codes[0] ?? null,
    holdMs: text.holdMs ?? null,
  };
}

function byOAuthError(refusal: TokenRefusal, kind: 'secret' | 'certificate' | 'delegated'): VerdictText {
  if (refusal.error === 'temporarily_unavailable' || refusal.status === 429 || refusal.status >= 500)
    return busy;
  switch (refusal.error) {
    case 'invalid_client':
      return kind === 'certificate'
        ? certificateRejected('Microsoft Entra did not accept the certificate.')
        : verdictsByNumber.get(7000215)!;
    case 'unauthorized_client':
      return notInTenant('The app may not sign in to this tenant.');
    case 'invalid_grant':
    case 'interaction_required':
      if (kind === 'delegated') return signInEnded('Microsoft Entra wants the person to sign in again.');
      return blocked('The tenant does not let the app sign in.');
    default:
      return wrongTenant('Microsoft Entra refused the sign-in.');
  }
}
