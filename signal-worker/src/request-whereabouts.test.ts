import { expect, it } from 'vitest'
import { whereaboutsIn, withWhereabouts } from './request-whereabouts.ts'

it('RG3 where a request comes from is never what the far end claims', () => {
  const claims = new Request('https://rooms.example/', {
    headers: { 'X-Whereabouts': JSON.stringify({ latitude: 1, longitude: 104 }) },
  })
  expect(whereaboutsIn(withWhereabouts(claims))).toBeNull()
})

it('RG3 reaches an object beside all other headers', () => {
  const request = new Request('https://rooms.example/', { headers: { 'X-Other': 'kept' } })
  Object.defineProperty(request, 'cf', { value: { latitude: '50.1', longitude: '8.7' } })
  const told = withWhereabouts(request)
  expect(whereaboutsIn(told)).toEqual({ latitude: 50, longitude: 9 })
  expect(told.headers.get('X-Other')).toBe('kept')
})
