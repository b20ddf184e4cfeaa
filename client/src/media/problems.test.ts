import { describe, expect, it } from 'vitest'
import { problemOf, screenProblemOf } from './problems.ts'

const error = (name: string, message = ''): DOMException => new DOMException(message, name)

describe('problems of capture', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['NotSupportedError', 'unsupported'],
    ['SomethingNewError', 'failed'],
    ['toString', 'failed'],
  ])('%s means %s', (name, problem) => {
    expect(problemOf(error(name))).toBe(problem)
  })

  it('a thrown value that is no error is a failure too', () => {
    expect(problemOf('no')).toBe('failed')
    expect(problemOf(new TypeError('no constraints'))).toBe('unsupported')
  })

  it('closing the screen picker is a choice; a refusal by the system is a problem', () => {
    expect(screenProblemOf(error('NotAllowedError', 'Permission denied'))).toBeNull()
    expect(screenProblemOf(error('NotAllowedError', 'Permission denied by system'))).toBe('denied')
    expect(screenProblemOf(error('NotReadableError'))).toBe('busy')
  })
})
