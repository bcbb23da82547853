/**
 * Errors that people are meant to read. Everything else that is thrown is a bug.
 *
 * An `AppError` carries a stable `code` (callers branch on it, it survives every transport and process
 * boundary), one plain sentence, and optionally the next step. `details` holds only values that are safe to
 * log and to show: never a secret, a token or a connection string.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  /** What the person can do about it, as one sentence; null when the message already says it. */
  readonly nextStep: string | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  constructor(
    code: string,
    message: string,
    options: {
      nextStep?: string;
      details?: Record<string, string | number | boolean | null>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.nextStep = options.nextStep ?? null;
    this.details = options.details ?? {};
  }
}

/** True for errors that may be shown to a person as they are. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}

/** The text of anything that can be thrown; for logs and causes, not for deciding. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong and what to do about it, as one text for people. */
export function withNextStep({ message, nextStep }: Pick<AppError, 'message' | 'nextStep'>): string {
  return nextStep === null ? message : `${message} ${nextStep}`;
}
