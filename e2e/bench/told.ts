/** What an error says, for a report. */
export const told = (error: unknown): string => (error instanceof Error ? error.message : String(error))
