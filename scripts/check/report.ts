/** Prints what a check found and sets the exit code. Every check of the house ends here, so all of them read alike. */
export function report(name: string, findings: readonly string[], notes: readonly string[] = []): void {
  for (const note of notes) console.log(`note: ${note}`)
  for (const finding of findings) console.log(finding)
  console.log(findings.length === 0 ? `${name}: ok` : `${name}: ${findings.length} to mend`)
  if (findings.length > 0) process.exitCode = 1
}
