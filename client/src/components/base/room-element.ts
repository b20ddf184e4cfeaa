/** What all parts share: the base look, and one way to ask for something. */
import { LitElement } from 'lit'
import { requestEvent, type RoomRequest } from '../requests.ts'

export class RoomElement extends LitElement {
  /** Crosses the shadow roots between a part and `<video-room>`, which lets it go no further. */
  protected request(detail: RoomRequest): void {
    this.dispatchEvent(new CustomEvent(requestEvent, { detail, bubbles: true, composed: true }))
  }
}
