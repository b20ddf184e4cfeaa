/** The deployment of all test files that ask for nothing special: a start costs as much as two short stories. */
import type { TestProject } from 'vitest/node'
import { startDeployment, type DeploymentFacts } from './deployment.ts'

declare module 'vitest' {
  interface ProvidedContext {
    deployment: DeploymentFacts
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const deployment = await startDeployment()
  project.provide('deployment', deployment.facts)
  return () => deployment.end()
}
