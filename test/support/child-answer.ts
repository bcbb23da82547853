import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The next message of a child process; an error that names it where it ends before it answers. */
export async function answerOf<Answer>(child: ChildProcess, who: string): Promise<Answer> {
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) =>
      Promise.reject(new Error(`The ${who} ended by ${String(code ?? signal)}.`)),
    ),
  ])) as [Answer];
  return answer;
}
