/** The prebuilt file needs no polyfills in a browser, but has no types of its own: it is the same module. */
declare module 'simple-peer/simplepeer.min.js' {
  import SimplePeer from 'simple-peer'

  export default SimplePeer
}
