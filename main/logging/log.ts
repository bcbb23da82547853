import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino, type Logger } from 'pino';
import openRollingFile from 'pino-roll';
import { errorText } from '../../shared/errors.ts';
import type { Log } from '../engine/ports.ts';
import { logFields } from './log-fields.ts';
import { escapeControls, redactJsonLine, redactText } from './redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  level: LogLevel;
  /**
   * Base path of the rolling file, e.g. `<home>/logs/service.log`: written as `service.1.log` and so on, a new
   * file every day and every 10 MB, 14 old ones kept. Absent: no file.
   */
  file?: string;
  /** A file starts anew after this size; default `10m` (pino-roll's notation). */
  rollAfter?: string;
  /** Old files kept beside the one being written; default 14. */
  keepFiles?: number;
  /** Also writes each line there, for a service under a supervisor; a stream such as `process.stderr`. */
  stderr?: { write(line: string): unknown };
}

/** The log of a process. It must never stop the program: a full disk costs lines, and is said once on stderr. */
export interface ProcessLog extends Log {
  /** Writes what is pending and closes the file; lines that come later are dropped. */
  close(): void;
}

/**
 * Opens the log of this process. Lines are JSON, one per event whatever the input: fields pass an allow-list
 * (log-fields.ts), the finished line passes the scrub by shape (redact.ts), and control, bidi and invisible
 * characters are written as escapes. Lines are written at once, so that the last one before a crash is there.
 */
export async function createLog(options: LogOptions): Promise<ProcessLog> {
  const file = await openFile(options);
  const sink = {
    write(line: string): void {
      const safeLine = `${escapeControls(redactJsonLine(line.trimEnd()))}\n`;
      file?.write(safeLine);
      options.stderr?.write(safeLine);
    },
  };
  const logger = pino(
    {
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return Object.assign(wrap(logger), { close: () => file?.close() });
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(logFields(fields), message),
    info: (fields, message) => logger.info(logFields(fields), message),
    warn: (fields, message) => logger.warn(logFields(fields), message),
    error: (fields, message) => logger.error(logFields(fields), message),
    child: (fields) => wrap(logger.child(logFields(fields))),
  };
}

interface LogFile {
  write(line: string): void;
  close(): void;
}

async function openFile(options: LogOptions): Promise<LogFile | null> {
  if (options.file === undefined || options.level === 'silent') return null;
  let complained = false;
  // The log is the place for complaints; when it is the log that fails, stderr is the only one left.
  const complain = (error: unknown): void => {
    if (complained) return;
    complained = true;
    process.stderr.write(
      `The log file cannot be written (${escapeControls(redactText(errorText(error)))}); the program goes on without it.\n`,
    );
  };
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    const stream = await openRollingFile({
      file: options.file,
      size: options.rollAfter ?? '10m',
      frequency: 'daily',
      limit: { count: options.keepFiles ?? 14, removeOtherLogFiles: true },
      mode: 0o600,
      sync: true,
      // Lines that a full disk refuses are kept for the next write up to this size, then dropped.
      maxLength: 1_000_000,
    });
    stream.on('error', complain);
    return {
      write: (line) => {
        if (!stream.destroyed) stream.write(line);
      },
      close: () => {
        if (!stream.destroyed) stream.end();
      },
    };
  } catch (error) {
    complain(error);
    return null;
  }
}
