declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  /** The part of the rolling file stream (sonic-boom) that main/logging/log.ts uses; the package has no types. */
  interface RollingFile extends EventEmitter {
    readonly destroyed: boolean;
    write(line: string): boolean;
    flushSync(): void;
    end(): void;
  }

  export default function openRollingFile(options: {
    file: string;
    size?: string;
    frequency?: 'daily' | 'hourly' | number;
    limit?: { count: number; removeOtherLogFiles: boolean };
    mkdir?: boolean;
    sync?: boolean;
    mode?: number;
    maxLength?: number;
  }): Promise<RollingFile>;
}
