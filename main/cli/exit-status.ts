/** The exit code of this run of the program, set by the command that ran; 0 unless somebody says otherwise. */
export interface ExitStatus {
  code: number;
}
