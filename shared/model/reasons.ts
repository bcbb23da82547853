/**
 * Reason codes: stable strings stored in the database, shown in the UI, logs and CSV.
 * Each has one plain sentence and, where somebody can act, one next step.
 */
interface ReasonText {
  sentence: string;
  nextStep: string | null;
}

const reason = (sentence: string, nextStep: string | null = null): ReasonText => ({ sentence, nextStep });

export const runReasons = {
  late: reason('No host found this slot within its grace time.', 'Keep at least one host running.'),
  superseded: reason('A newer slot of the same outage was run instead.'),
  no_host: reason(
    "The run was queued, but no host that can open this tenant's credential took it in time.",
    'Start a host that holds the credential of this tenant.',
  ),
  overlap: reason('The previous run of this schedule was still active.'),
  host_lost: reason('The host that ran it stopped answering.'),
  host_shutdown: reason('The host that ran it was shut down.'),
  host_sleep: reason('The host that ran it went to sleep.', 'Use a machine that does not sleep.'),
  no_host_for_second_attempt: reason(
    'The first host was lost and no other host took the second attempt in time.',
  ),
  schedule_disabled: reason('The schedule was paused or removed.'),
  auth_secret_expired: reason(
    'The client secret has expired or is wrong.',
    'Store a new client secret for this tenant.',
  ),
  auth_certificate_rejected: reason(
    'Microsoft Entra did not accept the certificate.',
    "Check the certificate in the app registration and this computer's clock.",
  ),
  auth_consent_missing: reason(
    'The app is not consented to in this tenant, or the tenant id is wrong.',
    'Have an administrator of the tenant open the consent link.',
  ),
  auth_sign_in_ended: reason(
    'The sign-in of the person on whose behalf this tenant is read has ended.',
    'Sign in again for this tenant, or give it a certificate, which depends on no person.',
  ),
  auth_blocked: reason(
    'Conditional access or a disabled app registration blocks the sign-in.',
    'Review the sign-in log of the app in the tenant.',
  ),
  graph_unavailable: reason(
    'Microsoft Graph or the sign-in service could not be reached.',
    'Check the network and try again.',
  ),
  throttled_out: reason(
    'Microsoft Graph asked for longer waits than the budget allows.',
    'Spread schedules over more minutes.',
  ),
  deadline: reason('The run took longer than its deadline.'),
  stalled: reason('The run made no progress for ten minutes.'),
  storage_full: reason('The database has no space left.', 'Free or add disk space on the database server.'),
  no_type_complete: reason('Not one policy type could be read.', 'Open the run and look at the types.'),
  internal: reason('An unexpected error ended the run.', 'Look up the correlation id in the log.'),
  by_user: reason('A person cancelled it.'),
  host_lost_while_cancelling: reason('It was being cancelled when its host stopped answering.'),
} as const satisfies Record<string, ReasonText>;
export type RunReason = keyof typeof runReasons;

export const typeReasons = {
  permission_missing: reason(
    'The app lacks a permission for this policy type.',
    'Grant the named permission and consent again.',
  ),
  throttled_out: runReasons.throttled_out,
  list_broken: reason('The list could not be read to its end.'),
  page_guard: reason('The service repeated a page or sent more pages than allowed.'),
  batch_answer_lost: reason('The service left requests of a batch unanswered.'),
  child_read_failed: reason('At least one item could not be read with all its parts.'),
  count_mismatch: reason('The service announced another number of items than it gave.'),
  item_failed: reason('At least one item could not be read or stored.'),
  response_too_large: reason('An answer was larger than the limit.'),
  response_invalid: reason('An answer was not valid JSON or had an unexpected shape.'),
  not_licensed: reason('The tenant has no licence for this feature.'),
  not_configured: reason('The feature has never been set up in this tenant.'),
  not_in_cloud: reason('This feature does not exist in the cloud of this tenant.'),
  signed_in_only: reason('Microsoft Graph lets only a signed-in person read this, not an app.'),
  type_unknown: reason(
    'This version does not know the policy type.',
    'Update the app or remove the type from the schedule.',
  ),
  run_ended: reason('The run ended before this policy type was read.'),
  imported: reason('Another tool exported it; nothing proves that every object is there.'),
} as const satisfies Record<string, ReasonText>;
export type TypeReason = keyof typeof typeReasons;
