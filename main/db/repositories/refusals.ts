import { AppError } from '../../../shared/errors.ts';

/** What the functions of the database answer in `refused`, as errors that people can read. */
const refusals: Readonly<Record<string, { message: string; nextStep?: string }>> = {
  import_time_invalid: {
    message: 'An import was taken between 2010 and now.',
    nextStep: 'Give another time with --taken-at.',
  },
  imported_set_unknown: { message: 'There is no such imported set.' },
  schedule_not_found: { message: 'There is no such schedule.' },
  run_not_found: { message: 'There is no such run.' },
  tenant_not_found: { message: 'There is no such tenant.' },
  tenant_forbidden: {
    message: 'Your role in this tenant does not allow this.',
    nextStep: 'Ask an owner of the tenant for a stronger role.',
  },
  tenant_disconnected: {
    message: 'The tenant is disconnected, so nothing can be scheduled for it or read from it.',
    nextStep: 'Connect the tenant again first.',
  },
  tenant_name_differs: {
    message: 'The name that was typed is not the name of the tenant.',
    nextStep: 'Type the name exactly as it is shown.',
  },
  set_pinned: {
    message: 'A backup set of the tenant is pinned, so the tenant cannot be deleted.',
    nextStep: 'Unpin its sets first.',
  },
  candidate_not_found: { message: 'No new credential waits for its check.' },
  certificate_not_publishable: { message: 'This credential has no certificate that could be shown.' },
  schedule_changed: {
    message: 'Somebody else changed the schedule meanwhile.',
    nextStep: 'Load it again and repeat the change.',
  },
  schedule_due: { message: 'The schedule became due while it was being changed.', nextStep: 'Try again.' },
  pause_end_past: {
    message: 'The end of the pause lies in the past.',
    nextStep: 'Choose a later end, or none.',
  },
  view_name_taken: {
    message: 'A view of this page has this name already.',
    nextStep: 'Choose another name.',
  },
  view_unknown: { message: 'There is no such view.' },
  too_many_views: { message: 'One person keeps at most 200 views.', nextStep: 'Remove one of them first.' },
  schedule_name_taken: {
    message: 'Another schedule of this tenant has this name.',
    nextStep: 'Choose another name.',
  },
  schedule_template_not_found: { message: 'There is no such schedule template.' },
  schedule_template_changed: {
    message: 'Somebody else changed the template meanwhile.',
    nextStep: 'Load it again and repeat the change.',
  },
  schedule_template_name_taken: {
    message: 'Another template has this name.',
    nextStep: 'Choose another name.',
  },
  schedule_template_taken: { message: 'Another template or schedule stands in the way in this tenant.' },
  schedule_not_templated: { message: 'This schedule comes from no template.' },
  administrator_needed: {
    message: 'Only an administrator of the workspace may do this.',
    nextStep: 'Ask an administrator.',
  },
  login_taken: {
    message: 'The database already has a login of this name.',
    nextStep: 'Choose another login.',
  },
  login_invalid: {
    message:
      'A login begins with a small letter and holds small letters, digits, dots, dashes and underscores.',
    nextStep: 'Choose another login.',
  },
  login_must_be_created: {
    message: 'TenantKeep may not create logins on this database server.',
    nextStep:
      'Ask its administrator to create the login in the role tenantkeep_technician, then add the technician again.',
  },
  technician_unknown: { message: 'There is no such technician.' },
  last_administrator: {
    message: 'The last administrator cannot be removed.',
    nextStep: 'Make somebody else administrator first.',
  },
  last_owner: {
    message: 'The last owner of a tenant keeps that role.',
    nextStep: 'Make somebody else owner of the tenant first.',
  },
  host_needed: { message: 'Only an approved host may do this.' },
  member_unknown: { message: 'This technician has no role in this tenant.' },
  host_login_needed: { message: 'Only the login of a host enrols a host.' },
  host_key_differs: {
    message: 'This host is registered with another key.',
    nextStep: 'Remove the old host first, or enrol under another login.',
  },
  host_not_waiting: { message: 'No such host waits for approval.' },
  host_unknown: { message: 'There is no such host.' },
  pause_invalid: { message: 'A pause lasts between a minute and 31 days, or until it is ended.' },
  retention_invalid: { message: 'The workspace always has a rule for new schedules.' },
  sign_in_rotated: {
    message: 'Another host has renewed the sign-in meanwhile.',
    nextStep: 'Read it again.',
  },
  credential_replaced: { message: 'The credential was replaced meanwhile.', nextStep: 'Read it again.' },
  alert_channel_unknown: { message: 'There is no such channel for alerts.' },
  alert_channel_secret_needed: {
    message: 'A channel of another kind needs its address or password.',
    nextStep: 'Enter it.',
  },
  reason_needed: { message: 'A reason of at most 500 characters is needed.' },
  run_not_retryable: {
    message: 'Only a run that ended without full success can be retried.',
    nextStep: 'Start a new run of the schedule instead.',
  },
  run_types_not_retryable: {
    message: 'Only a partial run has complete policy types to keep.',
    nextStep: 'Retry the whole run instead.',
  },
  run_types_too_old: {
    message: 'The complete policy types of this run are older than a day.',
    nextStep: 'Retry the whole run instead.',
  },
  run_types_superseded: {
    message: 'The schedule has a newer backup set than the one of this run.',
    nextStep: 'Open the newest run of the schedule.',
  },
  snooze_end_invalid: { message: 'A snooze ends in the future, within 90 days.' },
};

/** Throws the refusal as an `AppError` with the same code; does nothing for null. */
export function throwIfRefused(code: string | null): void {
  if (code === null) return;
  const refusal = refusals[code];
  if (refusal === undefined) throw new AppError(code, 'The database refused this change.');
  throw new AppError(
    code,
    refusal.message,
    refusal.nextStep === undefined ? {} : { nextStep: refusal.nextStep },
  );
}
