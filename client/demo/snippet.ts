/** The code an embedder copies. */
export const snippetOf = (
  origin: string,
): string => `<script type="module" src="${origin}/video-room.js"></script>

<video-room
  signal="${origin}"
  room="the room’s address"
  style="height: 100vh"
></video-room>`
