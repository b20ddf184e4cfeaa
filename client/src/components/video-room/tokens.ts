/**
 * The design tokens. A page sets any of them on the tag (`video-room { --vr-accent: teal }`); the theme follows the
 * system or the `theme` attribute. Text on its ground reaches 4.5:1, borders of fields and focus 3:1 (WCAG 2.2).
 */
import { css } from 'lit'

export const tokens = css`
  :host {
    color-scheme: light dark;
    --vr-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', sans-serif;
    --vr-ground: light-dark(#f3f4f8, #0e1117);
    --vr-surface: light-dark(#ffffff, #171b24);
    --vr-raised: light-dark(#e7e9f1, #262c3a);
    --vr-raised-hover: light-dark(#d9dce8, #333b4d);
    --vr-border: light-dark(#d3d7e3, #333b4c);
    --vr-text: light-dark(#171b26, #f1f3f8);
    --vr-text-quiet: light-dark(#545c70, #a8b0c2);
    --vr-field: light-dark(#ffffff, #10141c);
    --vr-field-border: light-dark(#868fa5, #6b7690);
    --vr-accent: light-dark(#3d52d5, #4a5fe0);
    --vr-accent-hover: light-dark(#3043bd, #5a6ee8);
    --vr-on-accent: #ffffff;
    --vr-danger: light-dark(#c4293a, #cc3545);
    --vr-danger-hover: light-dark(#a91f2f, #d94a59);
    --vr-on-danger: #ffffff;
    --vr-danger-text: light-dark(#b01e2f, #ff9aa3);
    --vr-danger-soft: light-dark(#fdebed, #3a1b22);
    --vr-notice-soft: light-dark(#fff4d6, #3a2f12);
    --vr-notice-text: light-dark(#6a4a00, #ffd978);
    --vr-speaking: light-dark(#1f9d55, #3ddc84);
    --vr-focus: light-dark(#1d4ed8, #9db4ff);
    --vr-tile: light-dark(#dfe2ec, #1b202b);
    --vr-overlay: rgb(14 17 23 / 74%);
    --vr-veil: rgb(14 17 23 / 66%);
    --vr-on-overlay: #ffffff;
    --vr-radius: 1rem;
    --vr-radius-small: 0.625rem;
    --vr-gap: 0.625rem;
    --vr-shadow: 0 0.5rem 2rem rgb(8 12 24 / 18%);
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
`
