import type { ErrorAnswer } from '../../shared/result.ts';

/** A refusal or a failure of a call, as react-query sees it. */
export class ProcedureError extends Error {
  override readonly name = 'ProcedureError';
  readonly answer: ErrorAnswer;
  constructor(answer: ErrorAnswer) {
    super(answer.message);
    this.answer = answer;
  }
}

/** Answers after which the next try may do better. */
const passingCodes: ReadonlySet<string> = new Set([
  'internal',
  'database_unreachable',
  'database_connections_exhausted',
]);

/** True when asking again cannot help: the call was understood and refused. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ProcedureError && !passingCodes.has(error.answer.code);
}
