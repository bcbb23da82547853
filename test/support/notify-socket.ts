import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from '../../main/service-install/carry-out-plan.ts';

/** systemd's end of the notify socket, as a service under test sees it. */
export interface NotifySocket {
  /** For NOTIFY_SOCKET. */
  socket: string;
  /** What was told so far, oldest first; the assignments of one message are divided by `|`. */
  messages: string[];
  /** Resolves as soon as the condition holds; looked at with each message. */
  until: (holds: () => boolean) => Promise<void>;
  close: () => Promise<void>;
}

/** Part of every Debian; it opens the kind of socket (Unix, datagrams) that Node cannot. */
const perl = 'perl';

/** Plays systemd's end of the notify socket. A text instead: why that cannot be done on this computer. */
export async function listenAsSystemd(): Promise<NotifySocket | string> {
  for (const words of [
    ['systemd-notify', '--version'],
    [perl, '-MIO::Socket::UNIX', '-e', '1'],
  ]) {
    const answer = await runCommand(words);
    if (answer.exitCode !== 0) return `not run: ${words[0]!} is not on this computer`;
  }
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-notify-'));
  const socket = join(directory, 'notify');
  const script = `use IO::Socket::UNIX; use Socket; $| = 1;
    my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
    while (defined $s->recv(my $text, 4096)) { $text =~ s/\\n+\\z//; $text =~ s/\\n/|/g; print "$text\\n"; }`;
  const child = spawn(perl, ['-e', script, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: string[] = [];
  let look: (() => void) | null = null;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== 'BARRIER=1') messages.push(line);
    look?.();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (holds()) resolve();
      };
      look();
    });
  await until(() => messages[0] === 'listening');
  messages.length = 0;
  return {
    socket,
    messages,
    until,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'close');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
