/**
 * Imported first by every command: says in one line what is missing where npm could not bring Node along
 * (optionalDependencies name Linux on x64 and arm64; elsewhere the system's own Node is used).
 */
const neededMajor = 24

const major = Number(process.versions.node.split('.')[0])
if (major < neededMajor) {
  console.error(
    `this is Node ${process.versions.node}; the tools of video-room need Node ${neededMajor} or newer`,
  )
  process.exit(1)
}
