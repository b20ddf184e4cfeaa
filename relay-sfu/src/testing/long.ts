/** `npm run test:long`: the whole time that a statement is about, on a machine that does nothing else. */
export const isLong = process.env['LONG'] === '1'
