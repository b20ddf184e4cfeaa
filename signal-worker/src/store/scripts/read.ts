/** Reads all of a room at one moment; writes nothing. */
export const readScript = `
local room, problem = load()
if problem then return refuse(problem) end
return answer(room)
`
