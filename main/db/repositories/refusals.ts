import { AppError } from '../../../shared/errors.ts';

/** What the functions of the database answer in `refused`, as errors that people can read. */
const refusals: Readonly<Record<string, { message: string; nextStep?: string }>> = {
  schedule_not_found: { message: 'There is no such schedule.' },
  run_not_found: { message: 'There is no such run.' },
  tenant_not_found: { message: 'There is no such tenant.' },
  tenant_forbidden: {
    message: 'Your role in this tenant does not allow this.',
    nextStep: 'Ask an owner of the tenant for a stronger role.',
  },
  tenant_disconnected: {
    message: 'The tenant is disconnected, so nothing can be scheduled for it.',
    nextStep: 'Connect the tenant again first.',
  },
  schedule_changed: {
    message: 'Somebody else changed the schedule meanwhile.',
    nextStep: 'Load it again and repeat the change.',
  },
  schedule_due: { message: 'The schedule became due while it was being changed.', nextStep: 'Try again.' },
  schedule_name_taken: {
    message: 'Another schedule of this tenant has this name.',
    nextStep: 'Choose another name.',
  },
  run_not_retryable: {
    message: 'Only a run that ended without full success can be retried.',
    nextStep: 'Start a new run of the schedule instead.',
  },
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
